import { describe, expect, it } from 'vitest'
import { preferredLocale } from '../src/locale'

const table = (rows: Record<string, 'en' | 'ko'>) => {
  const found = Object.keys(rows).map((header) => [header, preferredLocale(header)])
  expect(Object.fromEntries(found)).toEqual(rows)
}

describe('the language of messages', () => {
  it('is English without Accept-Language, and for languages without texts', () => {
    expect(preferredLocale(undefined)).toBe('en')
    table({ '': 'en', '*': 'en', de: 'en', 'fr-CH, fr;q=0.9, de;q=0.7': 'en', kok: 'en', 'x-ko': 'en' })
  })

  it('depends on the primary subtag only, in any letter case', () => {
    table({ ko: 'ko', 'ko-KR': 'ko', 'KO-kr': 'ko', 'ko-Kore-KR': 'ko', 'en-GB': 'en', 'fr, ko': 'ko' })
  })

  it('is the one with the highest weight, or the first of equal ones', () => {
    table({
      'ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7': 'ko',
      'en-US,en;q=0.9,ko;q=0.8': 'en',
      'en;q=0.1, ko;q=0.2': 'ko',
      'en;q=0.501, ko;q=0.5': 'en',
      'en , ko': 'en',
      'ko , en': 'ko',
      'ko;q=0.5, en;q=0.5': 'ko',
      'ko-KR;q=0.1, en;q=0.5, ko-KP;q=0.9': 'ko',
      'en ;\tq=0.3 ,\tko ; q=0.4': 'ko',
      'EN;Q=0.3,KO;Q=0.4': 'ko',
    })
  })

  it('is never one with weight 0, and "*" stands for every language that is not named', () => {
    table({
      'ko;q=0': 'en',
      'ko;q=0.000, en;q=0.001': 'en',
      'en;q=0, *': 'ko',
      'en;q=0.1, *;q=0.5': 'ko',
      'ko;q=0.8, *;q=0.9': 'en',
      'ko, *;q=0.9': 'ko',
      'en;q=0': 'en',
      '*;q=0': 'en',
    })
  })

  it('does not depend on malformed parts', () => {
    table({
      'ko;q=2, en;q=0.1': 'en',
      'ko;q=-1': 'en',
      'ko;q=0.1234, en;q=0.1': 'en',
      'ko;weight=1, en;q=0.1': 'en',
      'ko en, en;q=0.1': 'en',
      ',;q=1,, ko': 'ko',
      ko_KR: 'en',
    })
  })

  it('is found in a header of up to 1,000 characters; a longer one counts as missing', () => {
    expect(preferredLocale('ko'.padStart(1000, ','))).toBe('ko')
    expect(preferredLocale('ko'.padStart(1001, ','))).toBe('en')
  })
})
