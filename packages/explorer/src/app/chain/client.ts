import { type Client, createClient } from '@aivm/sdk';

/** Where the API of the node that served this page is: beside the explorer. */
export const NODE_URL = new URL('../rpc', document.baseURI.replace(/#.*$/s, '')).href;

/** The one client of the page. */
export const client: Client = createClient({ url: NODE_URL });
