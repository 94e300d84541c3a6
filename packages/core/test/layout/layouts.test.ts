import { INFERENCE_PARAMETERS_SIZE } from '@aivm/core/kernels';
import * as core from '@aivm/core/layout';
import { describe, expect, test } from 'vitest';

/** Written down a second time, apart from the definitions: name, size, then every field's offset and size. */
const EXPECTED = `
Attestation 144 TEEQuoteDigest:0+32 Measurement:32+32 AttestingKey:64+48 ExpiryNS:112+8 Kind:120+4 EvidenceOffset:124+4 EvidenceLen:128+4 Status:132+4 Occupied:136+4
AttestationOp 144 TEEQuoteDigest:0+32 Measurement:32+32 AttestingKey:64+48 ExpiryNS:112+8 Kind:120+4 EvidenceOffset:124+4 EvidenceLen:128+4 Epoch:132+4
ModelRegistryEntry 160 ModelRoot:0+32 WeightHash:32+32 LicenseRoot:64+32 OwnerAddr:96+20 Version:120+8 ParameterCount:128+8 Modality:136+4 Occupied:140+4
ModelOp 160 ModelRoot:0+32 WeightHash:32+32 LicenseRoot:64+32 OwnerAddr:96+20 ParameterCount:120+8 Modality:128+4 Kind:132+4 Epoch:136+4
AuditAnchor 128 CommitRoot:0+32 ParentRoot:32+32 ValidatorSetRootAtCommit:64+32 Height:96+8 TimestampNS:104+8 Occupied:112+4
AnchorOp 128 CommitRoot:0+32 ParentRoot:32+32 ValidatorSetRootAtCommit:64+32 Height:96+8 TimestampNS:104+8 Epoch:112+4
AIVMRoundDescriptor 96 ChainID:0+8 Round:8+8 TimestampNS:16+8 Epoch:24+8 Mode:32+4 AttestationOpCount:36+4 ModelOpCount:40+4 AnchorOpCount:44+4 ClosingFlag:48+4 ParentAIVMRoot:64+32
AIVMEpochState 160 CurrentEpoch:0+8 NextEpochHeight:8+8 TotalActiveAttestations:16+8 ActiveModelCount:24+4 ExpiredAttestationCount:28+4 AttestationRoot:32+32 ModelRegistryRoot:64+32 AuditRoot:96+32 AIVMStateRoot:128+32
AIVMTransitionResult 192 Status:0+4 AttestationApplyCount:4+4 ModelApplyCount:8+4 AnchorApplyCount:12+4 ActiveAttestations:16+4 ExpiredAttestations:20+4 ModelCount:24+4 AnchorCount:28+4 Epoch:32+8 TotalModels:40+8 TotalAnchors:48+8 AttestationRoot:64+32 ModelRegistryRoot:96+32 AuditRoot:128+32 AIVMStateRoot:160+32
InferenceWeights 672 W1:0+512 B1:512+64 W2:576+16 B2:592+4 Shift1:596+1 Shift2:597+1 ModelHash:600+32 ModelConfigHash:632+32
InferenceOp 144 ModelHash:0+32 PolicyHash:32+32 Salt:64+32 Mode:96+4 InputOffset:100+4 InputLen:104+4 OutputOffset:108+4 OutputCapacity:112+4 RoundID:120+8 TimestampNS:128+8
InferenceResult 112 Status:0+4 OutputLen:4+4 InputCommitment:8+32 OutputCommitment:40+32 AttestationRoot:72+32
ProofVerifyOp 240 Measurement:0+32 AttestingKey:32+48 Signature:80+96 MessageHash:176+32 ExpiryNS:208+8 TimestampNS:216+8 Kind:224+4 Nonce:228+4
ProofVerifyResult 48 Status:0+4 Kind:4+4 BindingHash:8+32
`.trim();

const LAYOUTS = [
  core.Attestation,
  core.AttestationOp,
  core.ModelRegistryEntry,
  core.ModelOp,
  core.AuditAnchor,
  core.AnchorOp,
  core.AIVMRoundDescriptor,
  core.AIVMEpochState,
  core.AIVMTransitionResult,
  core.InferenceWeights,
  core.InferenceOp,
  core.InferenceResult,
  core.ProofVerifyOp,
  core.ProofVerifyResult,
];

describe('the 14 structs', () => {
  test('have the sizes and offsets of the accelerator headers', () => {
    const lines = LAYOUTS.map(({ name, SIZE, fields }) => {
      const places = Object.entries(fields).map(([field, { offset, size }]) => `${field}:${offset}+${size}`);
      return [name, SIZE, ...places].join(' ');
    });
    expect(lines.join('\n')).toBe(EXPECTED);
  });

  test('measure the classifier', () => {
    expect([core.InferenceInDim, core.InferenceHidden, core.InferenceOutDim]).toEqual([32, 16, 1]);
    expect(INFERENCE_PARAMETERS_SIZE).toBe(598);
  });
});
