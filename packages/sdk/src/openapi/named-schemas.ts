import type { z } from 'zod';
import { validatorSetSchema, validatorSignaturesSchema } from '../schemas/anchor.ts';
import {
  attestationQuoteSchema,
  attestationVerdictSchema,
  gpuAttestationSchema,
  localEvidenceSchema,
  softwareAttestationSchema,
} from '../schemas/attestation.ts';
import { blockHeaderSchema, blockSchema, blockSummarySchema, providerRegSchema } from '../schemas/block.ts';
import { statsSchema } from '../schemas/chain.ts';
import { eventSchema } from '../schemas/event.ts';
import { modelSchema } from '../schemas/model.ts';
import { problemSchema } from '../schemas/problem.ts';
import { receiptFileSchema, receiptSchema, stateProofFileSchema } from '../schemas/proof.ts';
import { gpuInfoSchema, providerSchema } from '../schemas/provider.ts';
import { taskResultSchema, taskSchema } from '../schemas/task.ts';
import { operationSchema, transactionPlaceSchema, transactionSchema } from '../schemas/transaction.ts';

/** Schemas that the document lists as components, by their names there. */
export const namedSchemas: Readonly<Record<string, z.ZodType>> = {
  AttestationQuote: attestationQuoteSchema,
  AttestationVerdict: attestationVerdictSchema,
  Block: blockSchema,
  BlockHeader: blockHeaderSchema,
  BlockSummary: blockSummarySchema,
  Event: eventSchema,
  GPUAttestation: gpuAttestationSchema,
  GPUInfo: gpuInfoSchema,
  LocalGPUEvidence: localEvidenceSchema,
  ModelInfo: modelSchema,
  Operation: operationSchema,
  Problem: problemSchema,
  Provider: providerSchema,
  ProviderReg: providerRegSchema,
  Receipt: receiptSchema,
  ReceiptFile: receiptFileSchema,
  SoftwareGPUAttestation: softwareAttestationSchema,
  StateProofFile: stateProofFileSchema,
  Stats: statsSchema,
  Task: taskSchema,
  TaskResult: taskResultSchema,
  Transaction: transactionSchema,
  TransactionPlace: transactionPlaceSchema,
  ValidatorSet: validatorSetSchema,
  ValidatorSignatures: validatorSignaturesSchema,
};
