/** Where the shares of a resource are, below its noun. */
export const COLLECTION = { path: ':id/shares' };
export const ONE = { path: ':id/shares/:userId' };
