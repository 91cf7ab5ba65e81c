// numa/nodes: nodes, their processors and memory; the node that a page lies in.
#include "native/numa/nodes.hpp"
// psapi.h needs windows.h first.
#include <psapi.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "native/error.hpp"

namespace ntpages {
namespace {

// Nothing for a node that is not there, and on Wine, which refuses for every node.
std::optional<std::uint64_t> available(std::uint32_t node) {
    ULONGLONG bytes = 0;
    if (!GetNumaAvailableMemoryNodeEx(static_cast<USHORT>(node), &bytes)) return std::nullopt;
    return bytes;
}

std::vector<std::byte> node_relations() {
    DWORD size = 0;
    std::vector<std::byte> relations;
    for (;;) {  // a processor may be added between two calls
        auto* const first =
            reinterpret_cast<SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX*>(relations.data());
        if (GetLogicalProcessorInformationEx(RelationNumaNode, first, &size)) break;
        if (GetLastError() != ERROR_INSUFFICIENT_BUFFER) fail("GetLogicalProcessorInformationEx");
        relations.resize(size);
    }
    relations.resize(size);
    return relations;
}

// Windows writes the processors of a group down as a bit for each.
std::vector<std::uint32_t> processors_in(KAFFINITY mask) {
    std::vector<std::uint32_t> processors;
    for (std::uint32_t bit = 0; bit < 64; ++bit) {
        if ((mask >> bit & 1) != 0) processors.push_back(bit);
    }
    return processors;
}

Node node_at(std::uint32_t number, std::optional<std::uint64_t> available) {
    Node node;
    node.number = number;
    node.available = available;
    return node;
}

}  // namespace

std::uint64_t Node::affinity() const {
    std::uint64_t bits = 0;
    for (const auto processor : processors) bits |= std::uint64_t{1} << processor;
    return bits;
}

std::vector<Node> query_numa_nodes() {
    std::vector<Node> found;
    const auto relations = node_relations();
    for (std::size_t at = 0; at < relations.size();) {
        const auto& one = *reinterpret_cast<const SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX*>(
            relations.data() + at);
        const auto& node = one.NumaNode;
        auto& told = found.emplace_back(node_at(node.NodeNumber, available(node.NodeNumber)));
        told.group = node.GroupMask.Group;
        told.processors = processors_in(node.GroupMask.Mask);
        at += one.Size;
    }
    // A node of memory alone has no processor to be found by.
    ULONG highest = 0;
    check(GetNumaHighestNodeNumber(&highest), "GetNumaHighestNodeNumber");
    for (std::uint32_t number = 0; number <= highest; ++number) {
        if (std::ranges::find(found, number, &Node::number) != found.end()) continue;
        const auto bytes = available(number);
        if (bytes.value_or(0) != 0) found.push_back(node_at(number, bytes));
    }
    std::ranges::sort(found, {}, &Node::number);
    return found;
}

std::optional<std::uint32_t> numa_node_of(std::uintptr_t address) {
    PSAPI_WORKING_SET_EX_INFORMATION page{};
    page.VirtualAddress = reinterpret_cast<void*>(address);
    check(QueryWorkingSetEx(GetCurrentProcess(), &page, sizeof page), "QueryWorkingSetEx");
    const auto& attributes = page.VirtualAttributes;
    if (!attributes.Valid) return std::nullopt;
    return static_cast<std::uint32_t>(attributes.Node);
}

}  // namespace ntpages
