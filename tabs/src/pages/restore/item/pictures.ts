/** Media types that every browser shows as a picture and none runs. */
export const pictures: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
