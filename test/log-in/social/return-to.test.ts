import { describe, expect, it } from 'vitest'
import { withQuery } from '../../../src/log-in/social/return-to'

describe('what a destination is told', () => {
  it.each([
    ['/console', '/console?code=c'],
    ['/console/x?to=%2Fa%3Fb', '/console/x?to=%2Fa%3Fb&code=c'],
    ['https://app.example.com/#/sign-in?x=1', 'https://app.example.com/?code=c#/sign-in?x=1'],
    ['https://app.example.com/?code=planted&code=twice&y=2', 'https://app.example.com/?code=c&y=2'],
    ['com.example.app:/signed-in', 'com.example.app:/signed-in?code=c'],
  ])('goes into the query of %s', (destination, expected) => {
    expect(withQuery(destination, { code: 'c' })).toBe(expected)
  })
})
