import { isErrorCode } from '../../errors'
import { hasPasswords } from '../../log-in/password/passwords-off'
import { nameOfProvider } from '../../log-in/social/providers'
import { phoneInWords } from '../../users/contacts'
import { PROVIDER_IDS } from '../../users/provider-ids'
import type { User } from '../../users/schemas'
import { OFFLINE_COPY } from '../offline/offline.routes'
import type { PageContext } from '../page/console-env'
import { RefusalMessage } from '../page/fields'
import { renderPage } from '../page/layout'
import { ACCOUNT } from '../page/local-path'
import { Notice, redirectWithNotice, takeNotice } from '../page/notice'
import { readMe } from '../page/person'
import { type Refusal, toAppError } from '../page/refusal'
import { readProviders } from '../sign-in/provider-buttons'
import type { Texts } from '../texts/texts'
import { IMPORT } from '../todos/import/import-page'
import { type Identity, IdentityList } from './identity-list'
import { PasskeyList, readPasskeys } from './passkey-list'
import { dueAtOf, readSecondFactor } from './read-second-factor'
import { SecondFactorRows, SetUpBanner } from './second-factor-overview'
import { Who } from './who'

export async function readIdentities(c: PageContext): Promise<Identity[]> {
  const answer = await c.var.api.users.me.identities.$get()
  if (answer.status !== 200) throw await toAppError(answer)
  return (await answer.json()).identities
}

/** Everything about an account, with links to the pages that change it. */
export async function showOverview(c: PageContext, refusal: Refusal | null = null) {
  const { locale, t } = c.var
  const [user, identities, passkeys, providers, secondFactor] = await Promise.all([
    readMe(c),
    readIdentities(c),
    readPasskeys(c),
    readProviders(c),
    readSecondFactor(c),
  ])
  const { account } = t
  const linked = identities.findLast(({ provider }) => provider === c.req.query('linked'))
  // Any link could say so. It is true only if the identity is there.
  if (linked) {
    return redirectWithNotice(c, ACCOUNT, 'identity_connected', { about: t.social.name(linked.provider, linked.name) })
  }
  return renderPage(
    c,
    { title: account.title, section: 'account', refusal },
    <>
      <h1>{account.title}</h1>
      <Who t={t} locale={locale} user={user} />
      <Notice t={t} notice={takeNotice(c)} />
      <RefusalMessage t={t} refusal={refusal} />
      <NotConnected c={c} />
      {!secondFactor && passkeys.passkeys.length === 0 && (
        <SetUpBanner t={t} locale={locale} dueAt={dueAtOf(c, user)} />
      )}
      <ProfileRows t={t} user={user} />
      <h2>{account.waysToSignIn}</h2>
      <ul class="panel rows">
        <Row t={t} page="email" label={t.contacts.email.title} value={user.email} />
        <Row t={t} page="phone" label={t.contacts.phone.title} value={user.phone && phoneInWords(user.phone)} />
        {hasPasswords(c.var.config) && (
          <Row t={t} page="password" label={t.signIn.password} value={user.hasPassword ? account.isSet : null} />
        )}
      </ul>
      <IdentityList t={t} locale={locale} identities={identities} providers={providers} />
      <PasskeyList t={t} locale={locale} user={user} answer={passkeys} />
      <SecondFactorRows t={t} locale={locale} secondFactor={secondFactor} />
      <OtherRows t={t} />
    </>,
  )
}

/** Why a provider has not been connected: it leads back to here with the error in the address. */
function NotConnected({ c }: { c: PageContext }) {
  const { config, t } = c.var
  const errorCode = c.req.query('error') ?? ''
  const id = PROVIDER_IDS.find((one) => one === c.req.query('provider'))
  if (!isErrorCode(errorCode) || !id) return null
  return (
    <div class="refused" role="alert">
      <p>{t.social.problem(errorCode, t.social.name(id, nameOfProvider(config, id))) ?? t.error(errorCode)}</p>
    </div>
  )
}

function ProfileRows({ t, user }: { t: Texts; user: User }) {
  const { account, signUp } = t
  return (
    <>
      <h2>{account.profile}</h2>
      <ul class="panel rows">
        <Row t={t} page="profile" label={account.name} value={user.name} />
        <Row t={t} page="profile" label={account.nickname} value={user.nickname} />
        <Row t={t} page="profile" label={signUp.username} value={user.username} />
        <Row t={t} page="time-zone" label={t.timeZone.title} value={user.timeZone} />
      </ul>
    </>
  )
}

/** The files that other programs read. */
const EXPORTS = [
  { format: 'csv', name: 'CSV' },
  { format: 'todo.txt', name: 'todo.txt' },
  { format: 'ics', name: 'iCalendar' },
]

function OtherRows({ t }: { t: Texts }) {
  const { account } = t
  return (
    <>
      <h2>{account.security}</h2>
      <ul class="panel rows">
        <Row t={t} page="devices" label={t.devices.title} />
        <Row t={t} page="activity" label={t.activity.title} />
      </ul>
      <h2>{account.data}</h2>
      <ul class="panel rows">
        <Row t={t} page={OFFLINE_COPY} label={t.offline.row} />
        <Row t={t} page={IMPORT} label={t.import.title} />
        <Row t={t} page="export" label={account.export} />
        {EXPORTS.map(({ format, name }) => (
          <Row t={t} page={`export?format=${format}`} label={account.exportAs(name)} />
        ))}
        <Row t={t} page="calendar" label={t.calendar.row} />
        <Row t={t} page="delete" label={t.deletion.title} />
      </ul>
    </>
  )
}

/** A link to a page of the account. If the page changes a value, the row shows it; null means that none is set. */
function Row({ t, page, label, value }: { t: Texts; page: string; label: string; value?: string | null }) {
  return (
    <li>
      <a href={page.startsWith('/') ? page : `${ACCOUNT}/${page}`}>
        <span class={value === undefined ? undefined : 'hint'}>{label}</span>{' '}
        {value !== undefined && <span>{value ?? t.account.notSet}</span>}
      </a>
    </li>
  )
}
