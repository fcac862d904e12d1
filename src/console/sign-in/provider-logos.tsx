import type { Child } from 'hono/jsx'
import type { ProviderId } from '../../users/provider-ids'

/*
 * The logos of providers, drawn here so that no page asks another site for one. Colours come from the guidelines of each provider, and
 * shapes keep their proportions. The outlines of Apple and GitHub are those of Simple Icons (CC0 1.0).
 */

const APPLE =
  'M12.152 6.896c-.948 0-2.415-1.078-3.96-1.04-2.04.027-3.91 1.183-4.961 3.014-2.117 3.675-.546 9.103 1.519 12.09 1.013 1.454 2.208 3.09 3.792 3.039 1.52-.065 2.09-.987 3.935-.987 1.831 0 2.35.987 3.96.948 1.637-.026 2.676-1.48 3.676-2.948 1.156-1.688 1.636-3.325 1.662-3.415-.039-.013-3.182-1.221-3.22-4.857-.026-3.04 2.48-4.494 2.597-4.559-1.429-2.09-3.623-2.324-4.39-2.376-2-.156-3.675 1.09-4.61 1.09zM15.53 3.83c.843-1.012 1.4-2.427 1.245-3.83-1.207.052-2.662.805-3.532 1.818-.78.896-1.454 2.338-1.273 3.714 1.338.104 2.715-.688 3.559-1.701'
const GITHUB =
  'M12 .297c-6.63 0-12 5.373-12 12 0 5.303 3.438 9.8 8.205 11.385.6.113.82-.258.82-.577 0-.285-.01-1.04-.015-2.04-3.338.724-4.042-1.61-4.042-1.61C4.422 18.07 3.633 17.7 3.633 17.7c-1.087-.744.084-.729.084-.729 1.205.084 1.838 1.236 1.838 1.236 1.07 1.835 2.809 1.305 3.495.998.108-.776.417-1.305.76-1.605-2.665-.3-5.466-1.332-5.466-5.93 0-1.31.465-2.38 1.235-3.22-.135-.303-.54-1.523.105-3.176 0 0 1.005-.322 3.3 1.23.96-.267 1.98-.399 3-.405 1.02.006 2.04.138 3 .405 2.28-1.552 3.285-1.23 3.285-1.23.645 1.653.24 2.873.12 3.176.765.84 1.23 1.91 1.23 3.22 0 4.61-2.805 5.625-5.475 5.92.42.36.81 1.096.81 2.22 0 1.606-.015 2.896-.015 3.286 0 .315.21.69.825.57C20.565 22.092 24 17.592 24 12.297c0-6.627-5.373-12-12-12'

/** A ring of four colours, open on the right, with a bar to its centre. */
const GoogleG = () => (
  <g fill="none" stroke-width="4.6">
    <path d="M18.6 5.4A9.2 9.2 0 0 0 3.7 8.1" stroke="#EA4335" />
    <path d="M3.7 8.1A9.2 9.2 0 0 0 3.7 15.9" stroke="#FBBC05" />
    <path d="M3.7 15.9A9.2 9.2 0 0 0 18.2 18.8" stroke="#34A853" />
    <path d="M18.2 18.8A9.2 9.2 0 0 0 21.2 12.1H12" stroke="#4285F4" />
  </g>
)

const LOGOS: Record<ProviderId, Child> = {
  google: <GoogleG />,
  apple: <path d={APPLE} fill="currentColor" />,
  github: <path d={GITHUB} fill="currentColor" />,
  microsoft: (
    <>
      <path d="M1 1h10.5v10.5H1z" fill="#F25022" />
      <path d="M12.5 1H23v10.5H12.5z" fill="#7FBA00" />
      <path d="M1 12.5h10.5V23H1z" fill="#00A4EF" />
      <path d="M12.5 12.5H23V23H12.5z" fill="#FFB900" />
    </>
  ),
  kakao: (
    <path
      d="M12 2C5.6 2 .5 6 .5 11c0 3.2 2.1 6 5.3 7.6l-1.1 4.1c-.1.4.3.7.6.4l4.9-3.2c.6.1 1.2.1 1.8.1 6.4 0 11.5-4 11.5-9S18.4 2 12 2z"
      fill="#000"
    />
  ),
  naver: <path d="M15.9 12.8 7.9 1.5H1.5v21h6.6V11.2l8 11.3h6.4v-21h-6.6z" fill="#fff" />,
  line: <LineBubble />,
  oidc: <Key />,
  test: <Key />,
}

/** A speech bubble with the four letters. */
function LineBubble() {
  return (
    <>
      <path
        d="M12 1.5C5.4 1.5 0 5.9 0 11.2c0 4.8 4.3 8.8 10 9.6.4.1.9.3 1 .6.2.5-.1 1.3-.2 2.2 0 .4.2.5.6.4 1.5-.6 6.9-4 9.5-7C23.1 15 24 13.2 24 11.2 24 5.9 18.6 1.5 12 1.5z"
        fill="#fff"
      />
      <g fill="none" stroke="#06C755" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round">
        <path d="M5 8.7v4.5h2.2M9.5 8.7v4.5M12 13.2V8.7l3 4.5V8.7M19.3 8.7h-2v4.5h2M17.3 11h2" />
      </g>
    </>
  )
}

function Key() {
  return (
    <g fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round">
      <circle cx="8" cy="15.5" r="4.8" />
      <path d="M11.5 12 20 3.5M16 7.5l3 3" />
    </g>
  )
}

/** The logo of a provider. The text beside it names the provider, so readers skip it. */
export const ProviderLogo = ({ id }: { id: ProviderId }) => (
  <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
    {LOGOS[id]}
  </svg>
)
