import type { CDPSession, Page } from 'playwright-core'

/*
 * The authenticators of Chromium, which DevTools plug in and out.
 */

const OPTIONS = {
  protocol: 'ctap2' as const,
  ctap2Version: 'ctap2_1' as const,
  transport: 'internal' as const,
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
}

/** DevTools for the authenticators of a page. */
export async function openDevTools(page: Page): Promise<CDPSession> {
  const devTools = await page.context().newCDPSession(page)
  await devTools.send('WebAuthn.enable')
  return devTools
}

/** Gives a browser an authenticator. Answers with its id. */
export async function plugIn(
  devTools: CDPSession,
  differences: Partial<Omit<typeof OPTIONS, 'transport'>> & { transport?: 'internal' | 'usb' } = {},
): Promise<string> {
  const { authenticatorId } = await devTools.send('WebAuthn.addVirtualAuthenticator', {
    options: { ...OPTIONS, ...differences },
  })
  return authenticatorId
}

/** The ids of the passkeys on an authenticator, as the API writes them. */
export async function idsOn(devTools: CDPSession, authenticatorId: string): Promise<string[]> {
  const { credentials } = await devTools.send('WebAuthn.getCredentials', { authenticatorId })
  return credentials.map(({ credentialId }) => Buffer.from(credentialId, 'base64').toString('base64url'))
}

/**
 * An authenticator answers at once, as if somebody touched it, or waits until the browser gives up. Chromium also lets it answer what is
 * only offered, so a test that wants an offer to wait says that nobody is there.
 */
export async function setPresence(devTools: CDPSession, authenticatorId: string, enabled: boolean): Promise<void> {
  // What was asked before has to have come to the authenticator, and nothing tells when it has.
  if (enabled) await new Promise((resolve) => setTimeout(resolve, 500))
  await devTools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
}
