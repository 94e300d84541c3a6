/** What somebody writes who has just installed the packages: it must compile under every strict rule, and run. */
export const CLIENT_SCRIPT = `import { connect, createSender, developmentAccounts, type TaskResult, type TransactionInfo } from '@aivm/sdk';
import { keccak256 } from '@aivm/core/crypto';
import { utf8ToBytes } from '@aivm/core/bytes';

const url: string | undefined = process.argv[2];
if (url === undefined) throw new Error('which node?');
const [from, to] = developmentAccounts();
if (from === undefined || to === undefined) throw new Error('no development accounts');
const aivm = connect(url, from);
const before = await aivm.balance(to.address);
const sent = await aivm.transfer(to.address, 5n);
const after: bigint = await aivm.balance(to.address);
const info: TransactionInfo = await aivm.client.getTransaction(sent.hash);
if (after - before !== 5n) throw new Error(\`\${after} - \${before} is not 5\`);
const row = [34,-67,39,30,50,106,84,80,74,73,78,-18,88,75,-6,40,21,21,37,27,59,-45,72,62,41,83,67,73,91,62,0,0];
const answer: TaskResult = await aivm.run('wdbc-int8', row, { until: 'posted' });
await createSender({ client: aivm.client, wallet: from }).send({
  kind: 'submitTask', id: 'mine', model: 'wdbc-int8', input: new Uint8Array(32), fee: 5_000_000n,
});
console.log(JSON.stringify({
  state: info.state, hashed: keccak256(utf8ToBytes('aivm')).length, output: answer.output, settlement: answer.settlement,
}));
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
