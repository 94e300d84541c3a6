/** What somebody writes who has just installed the packages: it must compile under every strict rule, and run. */
export const CLIENT_SCRIPT = `import { createClient, createSender, developmentAccounts, type TransactionInfo } from '@aivm/sdk';
import { keccak256 } from '@aivm/core/crypto';
import { utf8ToBytes } from '@aivm/core/bytes';

const url: string | undefined = process.argv[2];
if (url === undefined) throw new Error('which node?');
const client = createClient({ url });
const [from, to] = developmentAccounts();
if (from === undefined || to === undefined) throw new Error('no development accounts');
const before = (await client.getAccount(to.addressBytes)).balance;
const sender = createSender({ client, wallet: from });
const sent = await sender.send({ kind: 'transfer', to: to.addressBytes, amount: 5n });
const after: bigint = (await client.getAccount(to.addressBytes)).balance;
const info: TransactionInfo = await client.getTransaction(sent.hash);
if (after - before !== 5n) throw new Error(\`\${after} - \${before} is not 5\`);
console.log(JSON.stringify({ state: info.state, hashed: keccak256(utf8ToBytes('aivm')).length }));
`;

export const CLIENT_TSCONFIG = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
    target: 'ES2023',
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    // Types of other packages are not this one's to mend.
    skipLibCheck: true,
    types: [],
  },
  files: ['client.ts', 'process.d.ts'],
};
