import type { User } from '../../users/schemas'
import { ACCOUNT } from '../page/local-path'
import { Notice, type PageNotice } from '../page/notice'
import type { Texts } from '../texts/texts'

/** Everything about an account, with links to the pages that change it. */
export function Overview({ t, user, notice }: { t: Texts; user: User; notice: PageNotice | null }) {
  const { account, signUp } = t
  return (
    <>
      <h1>{account.title}</h1>
      <Notice t={t} notice={notice} />
      <h2>{account.profile}</h2>
      <ul class="panel rows">
        <Row t={t} page="profile" label={account.name} value={user.name} />
        <Row t={t} page="profile" label={account.nickname} value={user.nickname} />
        <Row t={t} page="profile" label={signUp.username} value={user.username} />
      </ul>
      <h2>{account.waysToSignIn}</h2>
      <ul class="panel rows">
        <Row t={t} page="email" label={t.contacts.email.title} value={user.email} />
        <Row t={t} page="phone" label={t.contacts.phone.title} value={user.phone} />
        <Row t={t} page="password" label={t.signIn.password} value={user.hasPassword ? account.isSet : null} />
      </ul>
      <h2>{account.security}</h2>
      <ul class="panel rows">
        <Row t={t} page="devices" label={t.devices.title} />
        <Row t={t} page="activity" label={t.activity.title} />
      </ul>
      <h2>{account.data}</h2>
      <ul class="panel rows">
        <Row t={t} page="export" label={account.export} />
        <Row t={t} page="delete" label={t.deletion.title} />
      </ul>
    </>
  )
}

/** A link to a page of the account. If the page changes a value, the row shows it; null means that none is set. */
function Row({ t, page, label, value }: { t: Texts; page: string; label: string; value?: string | null }) {
  return (
    <li>
      <a href={`${ACCOUNT}/${page}`}>
        <span class={value === undefined ? undefined : 'hint'}>{label}</span>{' '}
        {value !== undefined && <span>{value ?? t.account.notSet}</span>}
      </a>
    </li>
  )
}
