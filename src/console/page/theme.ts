import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { CookieOptions } from 'hono/utils/cookie'
import { HOST_COOKIE } from '../../http/cookie-names'
import { DAY_MS, SECOND_MS } from '../../lib/time'

const THEME = '__Host-theme'

const options: CookieOptions = { ...HOST_COOKIE, maxAge: (365 * DAY_MS) / SECOND_MS }

/** `system` is what the device says, and the one that a visitor has who never chose. */
export const THEMES = ['light', 'dark', 'system'] as const
export type Theme = (typeof THEMES)[number]

/** The colour of each theme behind the page, which browsers also give to what they draw around it: --page in tokens.css. */
export const PAGE_COLORS = { light: '#fbfaf8', dark: '#171615' } as const

export const getTheme = (c: Context): Theme => THEMES.find((theme) => theme === getCookie(c, THEME)) ?? 'system'

export const setTheme = (c: Context, theme: Theme): void => {
  if (theme === 'system') deleteCookie(c, THEME, HOST_COOKIE)
  else setCookie(c, THEME, theme, options)
}
