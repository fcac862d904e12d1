import { describe, expect, it } from 'vitest'
import type { Todo } from '../../src/todos/schemas'
import { signUp } from '../helpers/people'
import { makeTodos, namesOf, queryOf } from './pages'

/* The parameter `q`: it finds to-dos by a text in their contents or description. */

const FAMILY = '👨‍👩‍👧'

/** Expects each text to find these contents. */
async function expectFinds(contents: string[], finds: Record<string, string[]>): Promise<void> {
  const { client } = await signUp('alice')
  await makeTodos(
    client,
    contents.map((one) => ({ contents: one })),
  )
  const found: Record<string, string[]> = {}
  for (const q of Object.keys(finds)) found[q] = await namesOf(client, queryOf({ q }))
  expect(found).toEqual(finds)
}

describe('a search', () => {
  it('finds a text anywhere, in either letter case', () =>
    expectFinds(['Buy milk', 'MILKSHAKE', 'mil k'], {
      milk: ['Buy milk', 'MILKSHAKE'],
      mILk: ['Buy milk', 'MILKSHAKE'],
      'y m': ['Buy milk'],
      ' ': ['Buy milk', 'mil k'],
      'milk ': [],
      m: ['Buy milk', 'MILKSHAKE', 'mil k'],
      x: [],
    }))

  it('takes no character for a pattern, as LIKE and GLOB would', () =>
    expectFinds(['100%', '100 percent', 'a_b', 'aXb', 'C:\\temp', "O'Hara", 'a*b?', '[ab]', '"quoted"', '{"a":1}'], {
      '%': ['100%'],
      '0%': ['100%'],
      _: ['a_b'],
      a_b: ['a_b'],
      '\\': ['C:\\temp'],
      '\\t': ['C:\\temp'],
      '\\%': [],
      "'": ["O'Hara"],
      '*': ['a*b?'],
      '?': ['a*b?'],
      '[ab]': ['[ab]'],
      '"': ['"quoted"', '{"a":1}'],
      '{"A":': ['{"a":1}'],
    }))

  it('ignores letter case outside ASCII, too', () =>
    expectFinds(['Ärger', 'ПРИВЕТ, мир', 'ΟΔΥΣΣΕΥΣ', 'οδός', 'Ծով', '𐐀𐐁'], {
      ÄRGER: ['Ärger'],
      ärg: ['Ärger'],
      Arger: [],
      'привет, МИР': ['ПРИВЕТ, мир'],
      οδυσσευς: ['ΟΔΥΣΣΕΥΣ'],
      Οδυσσευσ: ['ΟΔΥΣΣΕΥΣ'],
      ΣΕΥ: ['ΟΔΥΣΣΕΥΣ'],
      // The end of the search text is not the end of a word.
      ΟΔΌΣ: ['οδός'],
      ΣΣ: ['ΟΔΥΣΣΕΥΣ'],
      ς: ['ΟΔΥΣΣΕΥΣ', 'οδός'],
      ծՈՎ: ['Ծով'],
      𐐨𐐩: ['𐐀𐐁'],
    }))

  it('ignores letter case when only one of the two forms is a single character', () =>
    expectFinds(['J\u030cULES', 'Ϊ\u0301', 'H\u0331'], {
      '\u01f0ules': ['J\u030cULES'],
      'j\u030cules': ['J\u030cULES'],
      '\u0390': ['Ϊ\u0301'],
      '\u1e96': ['H\u0331'],
    }))

  it('finds letters of all languages in either case, whatever case makes of them', () =>
    expectFinds(['İstanbul', 'Istanbul', 'ISPARTA', 'ısı', 'Straße', 'STRASSE', 'ﬁn', 'Paſſion', 'ŉ', 'ᾼ', 'Ǆ'], {
      istanbul: ['İstanbul', 'Istanbul'],
      İSTANBUL: ['İstanbul', 'Istanbul'],
      i̇stanbul: ['İstanbul', 'Istanbul'],
      ısparta: ['ISPARTA'],
      ISI: ['ısı'],
      straße: ['Straße', 'STRASSE'],
      STRASSE: ['Straße', 'STRASSE'],
      STRAẞE: ['Straße', 'STRASSE'],
      FIN: ['ﬁn'],
      passion: ['Paſſion'],
      ʼN: ['ŉ'],
      αι: ['ᾼ'],
      ǅ: ['Ǆ'],
    }))

  it('finds either width', () =>
    expectFinds(['Ｐａｙ　￥１００', 'ﾊﾞﾅﾅ', 'ガム', 'ㅋㅋ', 'ﾻﾻ', 'Pay ¥100'], {
      'pay ¥100': ['Ｐａｙ　￥１００', 'Pay ¥100'],
      'ＰＡＹ ￥': ['Ｐａｙ　￥１００', 'Pay ¥100'],
      バナナ: ['ﾊﾞﾅﾅ'],
      ｶﾞﾑ: ['ガム'],
      ㅋ: ['ㅋㅋ', 'ﾻﾻ'],
      ﾻ: ['ㅋㅋ', 'ﾻﾻ'],
    }))

  it('finds composed and decomposed letters', () =>
    expectFinds(['우유 사기'.normalize('NFD'), '우유', 'Cafe\u0301', 'café'], {
      우유: ['우유 사기', '우유'],
      ['우유'.normalize('NFD')]: ['우유 사기', '우유'],
      사: ['우유 사기'],
      // Part of a syllable is a different letter.
      우ㅇ: [],
      CAFÉ: ['Café', 'café'],
      'cafe\u0301': ['Café', 'café'],
      cafe: [],
    }))

  it('finds emoji, and the parts of one', () =>
    expectFinds(['milk 🥛', `${FAMILY} dinner`, '👩 alone', '👍🏽'], {
      '🥛': ['milk 🥛'],
      [FAMILY]: [`${FAMILY} dinner`],
      '👩': [`${FAMILY} dinner`, '👩 alone'],
      '\u200d': [`${FAMILY} dinner`],
      '👍': ['👍🏽'],
      '👍🏿': [],
      '🧀': [],
    }))

  it.each([
    ['ASCII', 'a'],
    ['Korean', '가'],
    ['emoji', '🥛'],
    ['letters that NFC puts together', 'e\u0301'],
  ])('accepts texts of 1 to 200 characters: %s', async (_, character) => {
    const { client } = await signUp('alice')
    const contents = `<${character.repeat(200)}>`
    await makeTodos(client, [{ contents }, { contents: character.repeat(199) }])
    const find = (q: string) => namesOf(client, queryOf({ q }))
    expect(await find(character)).toHaveLength(2)
    expect(await find(character.repeat(199))).toHaveLength(2)
    expect(await find(character.repeat(200))).toEqual([contents.normalize('NFC')])
    const { status, body } = await client.get(`/todos?${queryOf({ q: character.repeat(201) })}`)
    expect({ status, body }).toMatchObject({ status: 422, body: { errors: [{ path: '/q', code: 'too_long' }] } })
  })
})

describe('the place of a search', () => {
  it('is the whole contents and description, and nothing else', async () => {
    const { client } = await signUp('alice')
    await makeTodos(client, [
      { contents: `${'가'.repeat(496)} end`, description: 'plain' },
      { contents: 'described', description: `${'🥛'.repeat(9996)} END` },
      { contents: 'labelled', labels: ['end'], priority: 'high' },
      { contents: 'apart', description: 'en' },
      { contents: 'parted: en', description: 'd' },
    ])
    const find = async (q: string) => (await namesOf(client, queryOf({ q }))).map((name) => name.slice(-9))
    expect(await find('end')).toEqual(['가가가가가 end', 'described'])
    expect(await find('high')).toEqual([])
    expect(await find('label')).toEqual(['labelled'])
  })

  it('is the to-do as it is now', async () => {
    const { client } = await signUp('alice')
    const [todo] = await makeTodos(client, [{ contents: 'Milch', description: 'Brot' }])
    const path = `/todos/${todo?.id}`
    const found = async () => {
      const words = ['milch', 'brot', 'käse', 'öl', 'null']
      const lists = await Promise.all(words.map((word) => namesOf(client, queryOf({ q: word.toUpperCase() }))))
      return words.filter((_, index) => lists[index]?.length === 1)
    }
    const foundAfter = async (patch: Partial<Todo>) => {
      expect((await client.patch(path, patch)).status).toBe(200)
      return found()
    }
    expect(await found()).toEqual(['milch', 'brot'])
    expect(await foundAfter({ contents: 'Käse' })).toEqual(['brot', 'käse'])
    expect(await foundAfter({ description: 'Öl' })).toEqual(['käse', 'öl'])
    expect(await foundAfter({ isDone: true })).toEqual(['käse', 'öl'])
    expect(await foundAfter({ description: null })).toEqual(['käse'])
    expect(await foundAfter({ description: '' })).toEqual(['käse'])
    await client.delete(path)
    expect(await found()).toEqual([])
    await client.post(`${path}/restore`)
    expect(await found()).toEqual(['käse'])
    await client.put(path, { contents: 'Brot' })
    expect(await found()).toEqual(['brot'])
  })
})
