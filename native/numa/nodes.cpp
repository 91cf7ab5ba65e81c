// numa/nodes: nodes, their processors and memory; the node that a page lies in.
#include "native/numa/nodes.hpp"
// psapi.h needs windows.h first.
#include <psapi.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "native/answer.hpp"
#include "native/error.hpp"
#include "native/numa/nt.hpp"

namespace ntpages {
namespace {

// Nothing for a node that is not there, and on Wine, which refuses for every node.
std::optional<std::uint64_t> available(std::uint32_t node) {
    ULONGLONG bytes = 0;
    if (!GetNumaAvailableMemoryNodeEx(static_cast<USHORT>(node), &bytes)) return std::nullopt;
    return bytes;
}

// Nothing where this Windows does not know the relation.
std::vector<std::byte> relations(LOGICAL_PROCESSOR_RELATIONSHIP relation) {
    DWORD size = 0;
    std::vector<std::byte> found;
    for (;;) {  // a processor may be added between two calls
        auto* const first =
            reinterpret_cast<SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX*>(found.data());
        if (GetLogicalProcessorInformationEx(relation, first, &size)) break;
        const auto code = GetLastError();
        if (code == ERROR_INVALID_PARAMETER && relation == nt::relation_numa_node_ex) return {};
        if (code != ERROR_INSUFFICIENT_BUFFER) fail("GetLogicalProcessorInformationEx", code);
        found.resize(size);
    }
    found.resize(size);
    return found;
}

GroupProcessors processors_of(const GROUP_AFFINITY& told) {
    GroupProcessors found;
    found.group = told.Group;
    for (std::uint32_t bit = 0; bit < 64; ++bit) {
        if ((told.Mask >> bit & 1) != 0) found.processors.push_back(bit);
    }
    return found;
}

Node node_in(std::span<const std::byte> relation) {
    constexpr auto node_at = offsetof(nt::NodeRelation, node);
    Node node;
    node.number = value_at<DWORD>(relation, node_at + offsetof(nt::NumaNode, number));
    node.available = available(node.number);
    constexpr auto first = node_at + offsetof(nt::NumaNode, groups);
    const auto told = value_at<WORD>(relation, node_at + offsetof(nt::NumaNode, group_count));
    const auto room = (relation.size() - first) / sizeof(GROUP_AFFINITY);
    const auto count = std::min<std::size_t>(std::max<std::size_t>(told, 1), room);
    for (std::size_t at = 0; at < count; ++at) {
        const auto one = value_at<GROUP_AFFINITY>(relation, first + at * sizeof(GROUP_AFFINITY));
        if (one.Mask != 0) node.groups.push_back(processors_of(one));
    }
    return node;
}

std::vector<Node> nodes_in(std::span<const std::byte> relations) {
    std::vector<Node> found;
    while (relations.size() >= sizeof(nt::NodeRelation)) {
        const auto size = value_at<DWORD>(relations, offsetof(nt::NodeRelation, size));
        if (size < sizeof(nt::NodeRelation) || size > relations.size()) break;
        found.push_back(node_in(relations.first(size)));
        relations = relations.subspan(size);
    }
    return found;
}

}  // namespace

std::uint64_t GroupProcessors::affinity() const {
    std::uint64_t bits = 0;
    for (const auto processor : processors) {
        if (processor < 64) bits |= std::uint64_t{1} << processor;  // as every group has
    }
    return bits;
}

std::size_t Node::processor_count() const {
    std::size_t count = 0;
    for (const auto& each : groups) count += each.processors.size();
    return count;
}

std::vector<Node> query_numa_nodes() {
    auto told = relations(nt::relation_numa_node_ex);
    if (told.empty()) told = relations(nt::relation_numa_node);
    auto found = nodes_in(told);
    // A node of memory alone has no processor to be found by.
    ULONG highest = 0;
    check(GetNumaHighestNodeNumber(&highest), "GetNumaHighestNodeNumber");
    for (std::uint32_t number = 0; number <= highest; ++number) {
        if (std::ranges::find(found, number, &Node::number) != found.end()) continue;
        const auto bytes = available(number);
        if (bytes.value_or(0) != 0) found.push_back({{}, number, {}, bytes});
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
