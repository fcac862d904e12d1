/** The tags of the operations. Each has a page of its own in the reference. */
export const tags = [
  { name: 'Log-in', description: 'Signing up and logging in.' },
  {
    name: 'Log-in by a provider',
    description: 'Logging in with Google, Apple and others, by a browser or by the SDK of an app.',
  },
  { name: 'Codes', description: 'One-time codes by SMS and e-mail, and proving a contact with them.' },
  { name: 'Session', description: 'Reading, renewing and ending sessions.' },
  { name: 'Account', description: 'Profile, contacts, password, activity, export and deletion.' },
  { name: 'To-dos', description: 'Your own to-dos.' },
  { name: 'Lists', description: 'Lists that your to-dos are in.' },
  {
    name: 'Operator',
    description:
      'For those who run this deployment. They are only there with OPERATOR_TOKEN or Cloudflare Access, and everybody else gets 404. Each act is recorded, and the owner of the account can see it.',
  },
  { name: 'Service', description: 'About this deployment.' },
]

/** The page of all error codes, beside those of the tags. */
export const ERRORS_PAGE = 'errors'
/** The page that is at /docs itself. */
export const OVERVIEW_PAGE = 'overview'

/** The last part of the address of a tag's page. */
export const slugOf = (tag: string): string => tag.toLowerCase().replaceAll(' ', '-')

/* Folders under /docs/ of the assets. They have the same files. */

export const PAGES = 'pages'
/** For a deployment with `PASSWORDS=off`. */
export const PAGES_WITHOUT_PASSWORDS = 'pages-without-passwords'
