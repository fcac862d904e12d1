import * as z from 'zod'

/** An origin of http or https, in the spelling that browsers send. */
export const origin = z
  .string()
  .refine((value) => /^https?:/.test(value) && URL.parse(value)?.origin === value && !value.includes('*'), {
    error: 'must be an origin such as https://app.example.com',
  })

/** Schemes of pages that are no app's own, or that could be anybody's. */
const NO_APP_SCHEMES = new Set('about blob data file filesystem ftp http https javascript ws wss'.split(' '))

/** The origin of an app's pages, such as `tauri://localhost`. `URL` says `null` for it, so it is checked and compared as text. */
const APP_ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/[\w.-]+(?::\d{1,5})?$/

function isAppOrigin(value: string): boolean {
  const scheme = APP_ORIGIN.exec(value)?.[1]
  return scheme !== undefined && !NO_APP_SCHEMES.has(scheme)
}

/** What a browser or the web view of an app sends as `Origin`. */
export const clientOrigin = z.string().refine((value) => isAppOrigin(value) || origin.safeParse(value).success, {
  error: 'must be an origin such as https://app.example.com or capacitor://localhost',
})

/** The SHA-256 of the certificate that signs an Android app, as base64url. */
const ANDROID_ORIGIN = /^android:apk-key-hash:[\w-]{42}[AEIMQUYcgkosw048]$/

/** What an app says that it is when it uses a passkey: one for Android its certificate, one for iOS the domain of the passkeys. */
export const passkeyAppOrigin = z
  .string()
  .refine((value) => ANDROID_ORIGIN.test(value) || (value.startsWith('https:') && origin.safeParse(value).success), {
    error: 'must be an origin such as android:apk-key-hash:… or https://example.com',
  })
