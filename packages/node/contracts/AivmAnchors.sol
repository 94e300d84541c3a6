// SPDX-License-Identifier: BSD-3-Clause
pragma solidity 0.8.37;

/// The receipts roots of one AIVM chain, in order, each extending the last; and the check of a receipt against them.
/// It trusts its submitter for what the roots are, and for nothing else: an anchor is never changed or taken back.
contract AivmAnchors {
    /// One anchor as it is handed in: the members of the chain's AnchorOp, and the block that made it.
    struct Submission {
        bytes32 commitRoot;
        bytes32 parentRoot;
        bytes32 validatorSetRoot;
        bytes32 blockId;
        uint64 height;
        uint64 timestampNs;
        uint32 epoch;
        uint64 receiptCount;
    }

    /// What is kept of it. The parent's root is the commit root before; the rest is in the event.
    struct Anchor {
        bytes32 commitRoot;
        bytes32 blockId;
        uint64 height;
        uint64 timestampNs;
        uint32 epoch;
        uint64 receiptCount;
    }

    error NotOwner(address sender);
    error NotSubmitter(address sender);
    error NotNext(uint64 expected, uint64 given);
    error NotExtending(bytes32 expectedParent, bytes32 givenParent);
    error NotLater(uint64 lastHeight, uint64 givenHeight);
    error FewerReceipts(uint64 lastCount, uint64 givenCount);
    error EmptyRoot();

    event AnchorStored(
        uint64 indexed number,
        bytes32 indexed commitRoot,
        bytes32 indexed blockId,
        bytes32 parentRoot,
        bytes32 validatorSetRoot,
        uint64 height,
        uint64 timestampNs,
        uint32 epoch,
        uint64 receiptCount
    );
    event SubmitterChanged(address indexed from, address indexed to);

    /// Levels of the receipts tree; a proof has one sibling for each.
    uint256 public constant DEPTH = 40;

    /// The AIVM chain whose anchors these are: its id, and the hash of its genesis, which no other chain has.
    uint64 public immutable chainId;
    bytes32 public immutable genesisHash;
    /// Who may name another submitter.
    address public immutable owner;
    /// Who may hand in anchors.
    address public submitter;
    /// The number of the first anchor that is, or will be, here.
    uint64 public immutable firstNumber;
    /// The number of the anchor that comes next.
    uint64 public nextNumber;
    /// The root that the next anchor must name as its parent.
    bytes32 public lastRoot;
    uint64 private lastHeight;
    uint64 private lastCount;

    mapping(uint64 => Anchor) private stored;

    /// `firstNumber_` and `firstParent` are 0 unless the contract begins in the middle of a chain.
    constructor(
        uint64 chainId_,
        bytes32 genesisHash_,
        address submitter_,
        uint64 firstNumber_,
        bytes32 firstParent
    ) {
        chainId = chainId_;
        genesisHash = genesisHash_;
        owner = msg.sender;
        submitter = submitter_;
        firstNumber = firstNumber_;
        nextNumber = firstNumber_;
        lastRoot = firstParent;
        emit SubmitterChanged(address(0), submitter_);
    }

    /// Names another submitter, as when a key is replaced.
    function setSubmitter(address submitter_) external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        emit SubmitterChanged(submitter, submitter_);
        submitter = submitter_;
    }

    /// Stores anchor `number`, which must be the next one, later than the last, and name its root as parent.
    function submit(uint64 number, Submission calldata anchor) external {
        if (msg.sender != submitter) revert NotSubmitter(msg.sender);
        if (number != nextNumber) revert NotNext(nextNumber, number);
        if (anchor.commitRoot == bytes32(0)) revert EmptyRoot();
        if (anchor.parentRoot != lastRoot) revert NotExtending(lastRoot, anchor.parentRoot);
        if (anchor.height <= lastHeight) revert NotLater(lastHeight, anchor.height);
        if (anchor.receiptCount < lastCount) revert FewerReceipts(lastCount, anchor.receiptCount);
        stored[number] = Anchor(
            anchor.commitRoot,
            anchor.blockId,
            anchor.height,
            anchor.timestampNs,
            anchor.epoch,
            anchor.receiptCount
        );
        nextNumber = number + 1;
        lastRoot = anchor.commitRoot;
        lastHeight = anchor.height;
        lastCount = anchor.receiptCount;
        _announce(number, anchor);
    }

    /// Anchor `number`; all zeros where there is none.
    function anchorAt(uint64 number) external view returns (Anchor memory) {
        return stored[number];
    }

    /// The leaf of a receipt in its canonical bytes.
    function receiptLeaf(bytes calldata receipt) external pure returns (bytes32) {
        return keccak256(bytes.concat("aivm/v1/Receipt", bytes1(0), receipt));
    }

    /// Whether `leaf` is leaf `index` of the log of `count` receipts whose root anchor `number` holds. Whatever is wrong
    /// with the claim, an anchor that is not here included, gives false.
    function verifyReceipt(uint64 number, bytes32 leaf, uint64 index, uint64 count, bytes32[40] calldata siblings)
        external
        view
        returns (bool)
    {
        bytes32 root = stored[number].commitRoot;
        return root != bytes32(0) && index < count && rootOf(leaf, index, count, siblings) == root;
    }

    /// The root that a proof leads to: 40 pairs from the leaf upwards, then the number of leaves mixed in.
    function rootOf(bytes32 leaf, uint64 index, uint64 count, bytes32[40] calldata siblings)
        public
        pure
        returns (bytes32 node)
    {
        node = leaf;
        for (uint256 level = 0; level < DEPTH; level++) {
            bytes32 sibling = siblings[level];
            node = (index >> level) & 1 == 1
                ? keccak256(abi.encodePacked(sibling, node))
                : keccak256(abi.encodePacked(node, sibling));
        }
        return keccak256(abi.encodePacked(node, uint256(count)));
    }

    function _announce(uint64 number, Submission calldata anchor) private {
        emit AnchorStored(
            number,
            anchor.commitRoot,
            anchor.blockId,
            anchor.parentRoot,
            anchor.validatorSetRoot,
            anchor.height,
            anchor.timestampNs,
            anchor.epoch,
            anchor.receiptCount
        );
    }
}
