export const passkeyTexts = {
  passkeys: {
    title: 'Passkeys',
    signIn: 'Sign in with a passkey',
    add: 'Add a passkey',
    addIntro: 'With a passkey you sign in by your fingerprint, your face or the PIN of your device.',
    full: 'You have ten passkeys. To add another one, remove one first.',
    one: 'Passkey',
    name: 'Name',
    nameHint: 'Only you see it.',
    remove: 'Remove this passkey',
    removeHint: 'It does not sign you in any more. Your device may still have it.',
    isSynced: 'Synced',
    isOnOneDevice: 'On one device only',
    keptBy: (name: string) => `Kept by ${name}`,
    createdAt: 'Added',
    lastUsedAt: 'Last used',
    neverUsed: 'Never used',
    asked: (name: string, date: string) =>
      `You can remove “${name}” from ${date} on. Your other contacts were told, if there are any, and can stop it until then. Come back and do it again. If you sign in with your password, or with a passkey, you can do it at once.`,
    removalAsked: (date: string) =>
      `Somebody asked to remove it, which is possible from ${date} on. To stop that, sign in with this passkey.`,
    offer: {
      title: 'Sign in without a password next time',
      text: 'A passkey on this device takes your fingerprint, your face or its PIN.',
      notNow: 'Not now',
    },
    /** What a button says when nothing came of it. */
    outcomes: {
      cancelled: 'It was cancelled, or took too long, or you were not recognised. Nothing was changed.',
      existing: 'This device has a passkey for this account already.',
      unsuitable: 'This device cannot keep a passkey here. It needs a screen lock, such as a PIN or a fingerprint.',
      failed: 'That did not work. Check the connection and try again.',
    },
  },
}
