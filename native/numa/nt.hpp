// numa/nt: what Windows tells of nodes, and an older SDK lacks.
#pragma once

#include <windows.h>

#include <cstddef>

namespace ntpages::nt {

// Source: winnt.h of a Windows 11 SDK. The second tells all groups of a node, since Windows Server
// 2022 (build 20348); before that, no node had processors of two.
inline constexpr auto relation_numa_node = static_cast<LOGICAL_PROCESSOR_RELATIONSHIP>(1);
inline constexpr auto relation_numa_node_ex = static_cast<LOGICAL_PROCESSOR_RELATIONSHIP>(6);

struct NumaNode {  // NUMA_NODE_RELATIONSHIP
    DWORD number;
    BYTE reserved[18];
    WORD group_count;  // 0 before there could be more than one
    GROUP_AFFINITY groups[1];
};
static_assert(sizeof(NumaNode) == 40 && offsetof(NumaNode, group_count) == 22);

struct NodeRelation {  // SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX of a node
    DWORD relationship;
    DWORD size;  // of all of it, however many groups there are
    NumaNode node;
};
static_assert(sizeof(NodeRelation) == 48 && offsetof(NodeRelation, node) == 8);

}  // namespace ntpages::nt
