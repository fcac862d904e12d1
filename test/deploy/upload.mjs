import { randomUUID } from 'node:crypto'
import { ApiError } from './api-error.mjs'

/**
 * What an upload checks, as far as it is known. It makes a version, and nothing goes live by it.
 * @returns {Promise<object>} the version
 */
export async function upload({ account, body }, worker) {
  const part = body.get('metadata')
  const metadata = JSON.parse(typeof part === 'string' ? part : await part.text())
  const before = worker.versions[0]
  const secrets = new Map(metadata.keep_bindings?.includes('secret_text') ? before?.secrets : [])
  const bindings = []
  for (const binding of metadata.bindings) {
    if (binding.type === 'secret_text') secrets.set(binding.name, binding.text)
    else if (binding.type === 'inherit') inherit(binding.name, before, secrets)
    else bindings.push(checked(account, binding))
  }
  const version = {
    id: randomUUID(),
    number: worker.versions.length + 1,
    /** What wrangler sent. */
    uploaded: metadata,
    metadata: { created_on: new Date().toISOString(), source: 'wrangler', author_email: 'owner@example.com' },
    annotations: metadata.annotations,
    secrets,
    bindings,
    startup_time_ms: 5,
  }
  worker.versions.unshift(version)
  return version
}

function inherit(name, before, secrets) {
  const value = before?.secrets.get(name)
  if (value === undefined) throw new ApiError(400, 10057, `inherit binding '${name}' is invalid: no binding to inherit`)
  secrets.set(name, value)
}

function checked(account, binding) {
  if (binding.type === 'd1' && !account.databases.has(binding.id)) {
    throw new ApiError(400, 10021, `binding ${binding.name} of type d1 must have a valid \`id\` specified`)
  }
  if (binding.type === 'kv_namespace' && !account.namespaces.has(binding.namespace_id)) {
    throw new ApiError(400, 10041, `KV namespace '${binding.namespace_id}' not found`)
  }
  return binding
}
