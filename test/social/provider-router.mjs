/*
 * The Worker through which all requests of the tests go out. Those to a provider or to Cloudflare Access go to the stand-in (provider-server.mjs), and all others where
 * they are sent. It is a Worker, and not a function of Node, so that faults of the network stay what they are.
 */

const HOSTS =
  /^((accounts|oauth2|www|openidconnect)\.(google|googleapis)\.com|appleid\.apple\.com|(api\.)?github\.com|login\.microsoftonline\.com|graph\.microsoft\.com|(kauth|kapi)\.kakao\.com|(nid|openapi)\.naver\.com|(access|api)\.line\.me|([a-z0-9-]+\.)?(idp|evil)\.example|[a-z0-9-]+\.cloudflareaccess\.com)$/

export default {
  /** @param {Request} request @param {{ PROVIDERS_URL: string }} env */
  async fetch(request, env) {
    if (!HOSTS.test(new URL(request.url).hostname)) return fetch(request)
    const routed = new Request(env.PROVIDERS_URL, request)
    routed.headers.set('X-Original-Url', request.url)
    return fetch(routed)
  },
}
