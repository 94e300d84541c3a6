import { bytesToHex, hexToBytes } from '@aivm/core/bytes';
import {
  assembleTransaction,
  hashTransaction,
  OPERATIONS,
  type Operation,
  type OperationName,
  parseTransaction,
  signTransaction,
} from '@aivm/core/tx';
import { operationTypes, typedDataOf } from '@aivm/sdk';
import fc from 'fast-check';
import { hashTypedData } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import { operationOf } from '../../../core/test/tx/operation-arbitrary.ts';

const key = hexToBytes('ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');

const genesisHash = new Uint8Array(32).fill(3);

/** viem takes hex where the codecs have bytes. */
function forViem(value: unknown): unknown {
  if (value instanceof Uint8Array) return `0x${bytesToHex(value)}`;
  if (Array.isArray(value)) return value.map(forViem);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, forViem(item)]));
}

const viemTypedData = (tx: Parameters<typeof typedDataOf>[0]) => {
  const data = typedDataOf(tx);
  return { ...data, domain: forViem(data.domain), message: forViem(data.message) } as unknown as Parameters<
    typeof hashTypedData
  >[0];
};

describe('EIP-712', () => {
  it.each(Object.keys(OPERATIONS) as OperationName[])(
    'gives the digest and the signature of viem for %s',
    async (name) => {
      const operation = operationOf(name);
      const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
      await fc.assert(
        fc.asyncProperty(operation, u64, u64, async (op, chainId, nonce) => {
          const tx = { chainId, genesisHash, nonce, expiry: chainId, operation: op };
          expect(`0x${bytesToHex(hashTransaction(tx))}`).toBe(hashTypedData(viemTypedData(tx)));
        }),
        { numRuns: 25 },
      );
      const [op] = fc.sample(operation, { numRuns: 1, seed: 1 });
      const tx = { chainId: 1337n, genesisHash, nonce: 7n, expiry: 9n, operation: op as Operation };
      const account = privateKeyToAccount(`0x${bytesToHex(key)}`);
      const signature = hexToBytes(await account.signTypedData(viemTypedData(tx) as never));
      // Wallets write v as 27 or 28.
      signature[64] = (signature[64] as number) - 27;
      const assembled = parseTransaction(assembleTransaction(tx, signature));
      expect(assembled).toEqual(signTransaction(tx, key));
      expect(`0x${bytesToHex(assembled.sender)}`).toBe(account.address.toLowerCase());
    },
  );

  it('signs these types, which never change', () => {
    expect(operationTypes()).toMatchInlineSnapshot(`
      {
        "addBond": "AddBond(uint64 nonce,uint64 expiry,string id,uint64 amount)",
        "beginUnbond": "BeginUnbond(uint64 nonce,uint64 expiry,string id)",
        "cancelTask": "CancelTask(uint64 nonce,uint64 expiry,string taskId)",
        "challenge": "Challenge(uint64 nonce,uint64 expiry,string taskId,uint8 attempt,uint16 panel,bytes32 inputHash,bytes32 weightHash,bytes32 postedHash,bytes output,uint64 bond,bytes32 rootCommitment)",
        "claimRewards": "ClaimRewards(uint64 nonce,uint64 expiry,string provider)",
        "commitResult": "CommitResult(uint64 nonce,uint64 expiry,string taskId,string provider,uint8 attempt,uint16 panel,uint8 round,uint8 seat,bytes32 inputHash,bytes32 weightHash,bytes32 commitment)",
        "disputeMove": "DisputeMove(uint64 nonce,uint64 expiry,string taskId,uint8 game,uint8 move,bytes body)",
        "dropModel": "DropModel(uint64 nonce,uint64 expiry,string provider,bytes32 weightHash)",
        "heartbeat": "Heartbeat(uint64 nonce,uint64 expiry,string id)",
        "holdModel": "HoldModel(uint64 nonce,uint64 expiry,string provider,string model,bytes32 weightHash,uint64 nonceHeight,bytes leaf,bytes siblings)",
        "registerModel": "RegisterModel(uint64 nonce,uint64 expiry,string id,string name,string modelType,string[] capabilities,uint32 contextSize,string parameters,uint8 checkClass,bool deterministic,bytes header,bytes weights,bytes32 weightHash,bytes32 licenseRoot)",
        "registerProvider": "RegisterProvider(uint64 nonce,uint64 expiry,string id,address walletAddress,string endpoint,GPUInfo[] gpus,string[] models,uint64 bond)GPUInfo(string model,uint32 memoryGb,string tflops,bool available,string temperature,string utilization)",
        "revealResult": "RevealResult(uint64 nonce,uint64 expiry,string taskId,string provider,uint8 attempt,uint16 panel,uint8 round,uint8 seat,bytes32 inputHash,bytes32 weightHash,uint8 vote,bytes output,uint64 computeTimeMs,bytes32 salt)",
        "submitAttestation": "SubmitAttestation(uint64 nonce,uint64 expiry,string provider,uint64 nonceHeight,address sessionKey,ProcessorEvidence[] processors,GpuEvidence[] gpus,StatementEvidence[] statements,Citation[] lists,Citation[] documents,Citation[] manifests,bytes[] responses)Citation(bytes32 slot,uint32 size)GpuEvidence(bytes report,bytes[] chain)ProcessorEvidence(uint8 kind,bytes report,bytes[] chain)SoftwareStatement(string deviceId,string model,string gpuSerial,string pciId,string boardId,string gpuPartNumber,string computeCapability,string driverVersion,string cudaVersion,string vbiosVersion,bytes32 benchmarkHash,uint64 benchmarkTimeMs,uint64 timestamp)StatementEvidence(SoftwareStatement statement,bytes publicKey,bytes signature)",
        "submitCollateral": "SubmitCollateral(uint64 nonce,uint64 expiry,uint8 documentKind,bytes body,bytes signature,bytes[] chain)",
        "submitResult": "SubmitResult(uint64 nonce,uint64 expiry,string taskId,string provider,uint8 attempt,bytes32 inputHash,bytes32 weightHash,bytes output,string error,uint64 computeTimeMs,bytes proof,bytes sessionSignature)",
        "submitTask": "SubmitTask(uint64 nonce,uint64 expiry,string id,string taskType,string model,bytes input,uint64 fee,uint128 maxAdmission,uint8 mode,uint8 n,uint32 maxNew,uint64 deadlineBlocks)",
        "transfer": "Transfer(uint64 nonce,uint64 expiry,address to,uint128 amount)",
        "transferModel": "TransferModel(uint64 nonce,uint64 expiry,string id,address owner)",
        "updateModelLicense": "UpdateModelLicense(uint64 nonce,uint64 expiry,string id,bytes32 licenseRoot)",
        "updateModelWeights": "UpdateModelWeights(uint64 nonce,uint64 expiry,string id,bytes weights,bytes32 weightHash)",
        "updateProvider": "UpdateProvider(uint64 nonce,uint64 expiry,string id,address walletAddress,string endpoint,GPUInfo[] gpus,uint64 leastFee)GPUInfo(string model,uint32 memoryGb,string tflops,bool available,string temperature,string utilization)",
        "withdrawBond": "WithdrawBond(uint64 nonce,uint64 expiry,string id)",
      }
    `);
  });
});
