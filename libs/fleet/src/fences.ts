/** The fenced resource that port translation in a router's namespace is; its fence goes with the router. */
export const natFence = (namespace: string): string => `pat-${namespace}`;
