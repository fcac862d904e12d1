import { createRoute } from '@hono/zod-openapi'
import { answerHeader, empty, json, jsonBody, problem, readProblems, requestHeader, signedIn } from '../../http/openapi'
import { requireCaller } from '../../sessions/require-user'
import { changeProblems, conditionalProblems, ifMatchHeader, quotaProblems, tagHeader } from '../tags.openapi'
import { limitWrites } from '../write-limits'
import { deletionQuerySchema, listIdSchema, listInputSchema, listPatchSchema, listSchema, listsSchema } from './schemas'

/*
 * What the routes of lists take and answer. `lists.routes.ts` handles them.
 */

const common = { tags: ['Lists'], security: signedIn, middleware: requireCaller }
const commonToWrites = { ...common, middleware: [requireCaller, limitWrites] }

const ifMatch = ifMatchHeader('list')
const listAnswer = (description: string) => ({ ...json(listSchema, description), headers: tagHeader })

export const all = createRoute({
  ...common,
  method: 'get',
  path: '/',
  operationId: 'listLists',
  summary: 'Your lists',
  description:
    'All of them, in the order of `position`. `GET /api/v1/todos/changes` has them too, when they have changed.',
  parameters: [
    requestHeader('If-None-Match', 'The `ETag` that you have: the answer is 304 if it is still the same.', 'W/"x"'),
  ],
  responses: {
    200: { ...json(listsSchema, 'Your lists'), headers: { ETag: answerHeader('A weak hash of the lists.', 'W/"x"') } },
    304: empty('You already have these'),
    ...readProblems,
  },
})

export const create = createRoute({
  ...commonToWrites,
  method: 'post',
  path: '/',
  operationId: 'createList',
  summary: 'Make a list',
  description: 'There is room for 200. To repeat the request safely, `PUT` the list under your own UUIDv7 instead.',
  request: { body: jsonBody(listInputSchema) },
  responses: {
    201: {
      ...json(listSchema, 'Made'),
      headers: {
        ...tagHeader,
        Location: answerHeader('The path of the list.', '/api/v1/lists/019c8d2e-7a64-7c3f-8f1e-2b9d4c6a8e10'),
      },
    },
    ...changeProblems,
    ...quotaProblems,
  },
})

export const get = createRoute({
  ...common,
  method: 'get',
  path: '/{id}',
  operationId: 'getList',
  summary: 'One list',
  request: { params: listIdSchema },
  responses: { 200: listAnswer('The list'), ...readProblems, 404: problem('not_found') },
})

export const put = createRoute({
  ...commonToWrites,
  method: 'put',
  path: '/{id}',
  operationId: 'putList',
  summary: 'Make a list under your own UUIDv7, or replace all of it',
  parameters: [
    ifMatch,
    requestHeader('If-None-Match', 'With `*` the request only makes a list: 412 if you have one under this id.', '*'),
  ],
  request: { params: listIdSchema, body: jsonBody(listInputSchema) },
  responses: { 200: listAnswer('Replaced'), 201: listAnswer('Made'), ...conditionalProblems, ...quotaProblems },
})

export const patch = createRoute({
  ...commonToWrites,
  method: 'patch',
  path: '/{id}',
  operationId: 'updateList',
  summary: 'Change the fields that you name, and no others',
  parameters: [ifMatch],
  request: { params: listIdSchema, body: jsonBody(listPatchSchema) },
  responses: { 200: listAnswer('Changed'), ...conditionalProblems, 404: problem('not_found') },
})

export const remove = createRoute({
  ...commonToWrites,
  method: 'delete',
  path: '/{id}',
  operationId: 'deleteList',
  summary: 'Delete a list',
  description:
    'A list with to-dos is only deleted if `todos` says what becomes of them. It looks at all your to-dos, so it counts as a search: 30 a minute. To-dos that are deleted with it can be restored for 30 days, and are in no list then.',
  parameters: [ifMatch],
  request: { params: listIdSchema, query: deletionQuerySchema },
  responses: {
    204: empty('Deleted'),
    ...conditionalProblems,
    404: problem('not_found'),
    409: problem('list_not_empty'),
  },
})
