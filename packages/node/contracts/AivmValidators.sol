// SPDX-License-Identifier: BSD-3-Clause
pragma solidity 0.8.37;

import {AivmAnchors} from "./AivmAnchors.sol";

/// The submitter of an AivmAnchors contract whose anchors rest on nobody but the validators of the chain: more than two
/// thirds of their power sign each anchor, and each change of the set. Anybody may hand in what they signed.
contract AivmValidators {
    /// One validator: the address of the key with which it signs anchors, and its voting power.
    struct Validator {
        address key;
        uint64 power;
    }

    error NotTheSet(bytes32 expected, bytes32 given);
    error BadValidator(uint256 index);
    error BadSignature(uint256 index);
    error BadSignatureCount(uint256 expected, uint256 given);
    error TooLittlePower(uint256 signed, uint256 total);
    error OtherChain(bytes32 expectedGenesis, bytes32 givenGenesis);

    event ValidatorsChanged(uint64 indexed number, bytes32 indexed setHash);

    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,bytes32 salt)");
    bytes32 private constant ANCHOR_TYPE = keccak256(
        "Anchor(bytes32 validatorSet,uint64 number,bytes32 commitRoot,bytes32 parentRoot,bytes32 validatorSetRoot,bytes32 blockId,uint64 height,uint64 timestampNs,uint32 epoch,uint64 receiptCount)"
    );
    bytes32 private constant CHANGE_TYPE = keccak256("ValidatorSetChange(bytes32 from,bytes32 to)");
    /// Half of the order of secp256k1: of the two forms of a signature the smaller counts.
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    /// The chain whose validators these are, as it is signed for.
    bytes32 public immutable genesisHash;
    bytes32 public immutable domainSeparator;
    /// How often the set changed, and the hash of the set that signs now.
    uint64 public setNumber;
    bytes32 public setHash;

    /// The keys of a set rise, so that each is in it once.
    constructor(uint64 chainId, bytes32 genesisHash_, Validator[] memory first) {
        genesisHash = genesisHash_;
        domainSeparator =
            keccak256(abi.encode(DOMAIN_TYPE, keccak256("AIVM"), keccak256("2"), uint256(chainId), genesisHash_));
        _use(0, first);
    }

    /// Hands an anchor on that more than two thirds of the power of the set signed: one signature for each validator in the
    /// order of the set, none of no bytes.
    function submit(
        AivmAnchors anchors,
        uint64 number,
        AivmAnchors.Submission calldata anchor,
        Validator[] calldata set,
        bytes[] calldata signatures
    ) external {
        if (anchors.genesisHash() != genesisHash) revert OtherChain(genesisHash, anchors.genesisHash());
        _requireSigned(anchorDigest(number, anchor), set, signatures);
        anchors.submit(number, anchor);
    }

    /// Puts another set in the place of `set`, which more than two thirds of its power sign. What the old one signed before
    /// counts no more.
    function changeSet(Validator[] calldata set, Validator[] calldata next, bytes[] calldata signatures) external {
        bytes32 to = hashOf(setNumber + 1, next);
        _requireSigned(_digest(keccak256(abi.encode(CHANGE_TYPE, setHash, to))), set, signatures);
        _use(setNumber + 1, next);
    }

    /// What names a set: its number, so that a set that comes again is another one, and its validators.
    function hashOf(uint64 number, Validator[] memory set) public pure returns (bytes32) {
        return keccak256(abi.encode(number, set));
    }

    /// What validators of the set that signs now sign for an anchor.
    function anchorDigest(uint64 number, AivmAnchors.Submission calldata anchor) public view returns (bytes32) {
        // A submission's members are words, in the order of the type.
        return _digest(
            keccak256(
                bytes.concat(
                    abi.encode(ANCHOR_TYPE, setHash, number),
                    abi.encode(anchor)
                )
            )
        );
    }

    function _digest(bytes32 structHash) private view returns (bytes32) {
        return keccak256(abi.encodePacked("\x19\x01", domainSeparator, structHash));
    }

    function _use(uint64 number, Validator[] memory set) private {
        if (set.length == 0) revert BadValidator(0);
        address last = address(0);
        for (uint256 i = 0; i < set.length; i++) {
            if (set[i].key <= last || set[i].power == 0) revert BadValidator(i);
            last = set[i].key;
        }
        setNumber = number;
        setHash = hashOf(number, set);
        emit ValidatorsChanged(number, setHash);
    }

    function _requireSigned(bytes32 digest, Validator[] calldata set, bytes[] calldata signatures) private view {
        bytes32 given = hashOf(setNumber, set);
        if (given != setHash) revert NotTheSet(setHash, given);
        if (signatures.length != set.length) revert BadSignatureCount(set.length, signatures.length);
        uint256 total = 0;
        uint256 signed = 0;
        for (uint256 i = 0; i < set.length; i++) {
            total += set[i].power;
            if (signatures[i].length == 0) continue;
            if (_signerOf(digest, signatures[i]) != set[i].key) revert BadSignature(i);
            signed += set[i].power;
        }
        if (3 * signed <= 2 * total) revert TooLittlePower(signed, total);
    }

    /// Of r, s and the parity of y, 0 or 1, as the chain writes signatures; the zero address for anything else.
    function _signerOf(bytes32 digest, bytes calldata signature) private pure returns (address) {
        if (signature.length != 65 || uint8(signature[64]) > 1) return address(0);
        bytes32 s = bytes32(signature[32:64]);
        if (uint256(s) > HALF_ORDER) return address(0);
        return ecrecover(digest, 27 + uint8(signature[64]), bytes32(signature[0:32]), s);
    }
}
