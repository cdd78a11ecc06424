/**
 * What a call costs in the units of its scope. SharePoint: resource units as Microsoft publishes them (get, download and
 * delta with token 1; listing, delta without token and every write 2; permissions 5). Elsewhere a call is a call.
 */
export function costOf(method: string, url: string): number {
  const { pathname, searchParams } = new URL(url);
  if (!/\/(drives?|sites)\b/i.test(pathname)) return 1;
  if (/\/(permissions|invite|createLink)\b/.test(pathname) || /permissions/.test(searchParams.get('$expand') ?? ''))
    return 5;
  if (method !== 'GET') return 2;
  if (/\/delta\b/.test(pathname)) return searchParams.has('token') ? 1 : 2;
  return /\/(children|drives|versions)$/.test(pathname) ? 2 : 1;
}
