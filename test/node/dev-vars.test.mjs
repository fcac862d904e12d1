import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { outboxLink, prepareDevVars, readOutboxToken } from '../../scripts/dev-vars.mjs'

let folder
let file
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-dev-vars-'))
  file = join(folder, '.dev.vars')
})
afterEach(() => rmSync(folder, { recursive: true }))

const TOKEN = /^OUTBOX_TOKEN="([\w-]{43})"$/m

describe('.dev.vars', () => {
  it('is made with new secrets, for its owner only', () => {
    prepareDevVars(file)
    const text = readFileSync(file, 'utf8')
    expect(text.split('\n').flatMap((line) => /^\w+/.exec(line)?.[0] ?? [])).toEqual([
      'AUTH_SECRET',
      'PASSWORD_PEPPER',
      'DELIVERY',
      'OUTBOX_TOKEN',
    ])
    expect(readOutboxToken(file)).toBe(TOKEN.exec(text)?.[1])
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it.each(['AUTH_SECRET="a"\nDELIVERY="outbox"\n', 'DELIVERY=outbox', ''])(
    'gets the token where it is missing, and is not changed otherwise: %j',
    (before) => {
      writeFileSync(file, before)
      expect(prepareDevVars(file)).toEqual(['Added OUTBOX_TOKEN to .dev.vars'])
      const after = readFileSync(file, 'utf8')
      expect(after.startsWith(before)).toBe(true)
      expect(after.slice(before.length).trimStart()).toMatch(TOKEN)
      expect(prepareDevVars(file)).toEqual([])
      expect(readFileSync(file, 'utf8')).toBe(after)
    },
  )

  it.each(['OUTBOX_TOKEN="mine"\n', "  OUTBOX_TOKEN = 'mine'\n", 'export OUTBOX_TOKEN=mine\n'])(
    'keeps a token that is there: %j',
    (line) => {
      writeFileSync(file, `DELIVERY="outbox"\n${line}`)
      expect(prepareDevVars(file)).toEqual([])
      expect(readOutboxToken(file)).toBe('mine')
    },
  )

  it('has no token for messages that are sent', () => {
    writeFileSync(file, 'OUTBOX_TOKEN="mine"\n')
    expect(readOutboxToken(file)).toBeUndefined()
  })

  it('gives the link that opens the messages', () => {
    expect(outboxLink('http://localhost:8787', 'a+b')).toBe('http://localhost:8787/console/outbox?token=a%2Bb')
  })
})
