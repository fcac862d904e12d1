import frontCoded from './common-passwords.bin'

/*
 * The 10,000 most common passwords of at least 8 characters, from @zxcvbn-ts/language-common. The build sorts them and
 * writes each as what it shares with the one before (see src/dev/build-common-passwords.mjs), which deflates to 27 kB.
 */

async function decode(): Promise<Set<string>> {
  const inflated = new Response(frontCoded).body?.pipeThrough(new DecompressionStream('deflate-raw'))
  const lines = (await new Response(inflated).text()).trimEnd().split('\n')
  const passwords = new Set<string>()
  let previous = ''
  for (const line of lines) {
    previous = previous.slice(0, Number.parseInt(line.charAt(0), 36)) + line.slice(1)
    passwords.add(previous)
  }
  return passwords
}

let common: Promise<Set<string>> | undefined

/** Whether a password is on the list in any letter case (ASVS 6.2.4). The list is unpacked once per isolate. */
export async function isCommonPassword(password: string): Promise<boolean> {
  common ??= decode()
  return (await common).has(password.toLowerCase())
}
