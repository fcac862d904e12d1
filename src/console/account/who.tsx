import { phoneInWords } from '../../users/contacts'
import type { User } from '../../users/schemas'
import type { Reader } from '../page/person'
import type { Texts } from '../texts/texts'

/** What somebody is called: the first of these that they have. */
const nameOf = ({ name, nickname, username, email, phone }: User): string =>
  name ?? nickname ?? username ?? email ?? (phone === null ? '' : phoneInWords(phone))

/** Says who is signed in, at the top of the account. */
export function Who({ t, locale, user }: Pick<Reader, 'locale'> & { t: Texts; user: User }) {
  const { username, email, phone, createdAt, timeZone } = user
  const name = nameOf(user)
  const others = [username, email, phone === null ? null : phoneInWords(phone)]
  const [initial] = [...new Intl.Segmenter(locale).segment(name)].map(({ segment }) => segment)
  const since = new Date(createdAt).toLocaleDateString(locale, { dateStyle: 'long', timeZone: timeZone ?? 'UTC' })
  return (
    <section class="owner" aria-label={t.account.who}>
      <span class="avatar" aria-hidden="true">
        {initial?.toLocaleUpperCase(locale)}
      </span>
      <div>
        <p>
          <strong dir="auto">{name}</strong>
        </p>
        <p class="meta">
          {others
            .filter((one) => one !== null && one !== name)
            .map((one) => (
              <span>
                <bdi>{one}</bdi>
              </span>
            ))}
        </p>
        <p class="hint">{t.account.since(since)}</p>
      </div>
    </section>
  )
}
