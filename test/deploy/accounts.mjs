/** Who is logged in, and what domains the account has. */
export const accountRoutes = [
  ['GET', '/user', () => ({ id: 'user', email: 'owner@example.com' })],
  ['GET', '/accounts', ({ state }) => [...state.accounts.values()].map(({ id, name }) => ({ id, name }))],
  [
    'GET',
    '/memberships',
    ({ state }) => [...state.accounts.values()].map(({ id, name }) => ({ id, account: { id, name }, roles: [] })),
  ],
  [
    'GET',
    '/zones',
    ({ state, query }) => {
      const owner = query.get('account.id')
      return [...state.accounts.values()]
        .filter(({ id }) => owner === null || id === owner)
        .flatMap(({ zones }) => zones)
        .filter((zone) => zone === query.get('name'))
        .map((name) => ({ id: name, name }))
    },
  ],
]
