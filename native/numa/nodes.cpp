// numa/nodes: nodes, their processors and memory; the node that a page lies in.
#include <windows.h>
// psapi.h needs windows.h first.
#include <psapi.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "native/bind.hpp"
#include "native/error.hpp"

namespace ntpages {
namespace {

struct Node : Exposed {
    std::uint32_t number;
    std::uint32_t group;                     // of processors
    std::uint64_t processors;                // a bit for each of the group's that is the node's
    std::optional<std::uint64_t> available;  // bytes; nothing where Windows does not say
};

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

std::vector<Node> nodes() {
    std::vector<Node> found;
    const auto relations = node_relations();
    for (std::size_t at = 0; at < relations.size();) {
        const auto& one = *reinterpret_cast<const SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX*>(
            relations.data() + at);
        const auto& node = one.NumaNode;
        found.push_back({{},
                         node.NodeNumber,
                         node.GroupMask.Group,
                         node.GroupMask.Mask,
                         available(node.NodeNumber)});
        at += one.Size;
    }
    // A node of memory alone has no processor to be found by.
    ULONG highest = 0;
    check(GetNumaHighestNodeNumber(&highest), "GetNumaHighestNodeNumber");
    for (std::uint32_t number = 0; number <= highest; ++number) {
        if (std::ranges::find(found, number, &Node::number) != found.end()) continue;
        const auto bytes = available(number);
        if (bytes.value_or(0) != 0) found.push_back({{}, number, 0, 0, bytes});
    }
    std::ranges::sort(found, {}, &Node::number);
    return found;
}

// Nothing for a page that is not in the working set.
std::optional<std::uint32_t> node_of(std::uintptr_t address) {
    PSAPI_WORKING_SET_EX_INFORMATION page{};
    page.VirtualAddress = reinterpret_cast<void*>(address);
    check(QueryWorkingSetEx(GetCurrentProcess(), &page, sizeof page), "QueryWorkingSetEx");
    const auto& attributes = page.VirtualAttributes;
    if (!attributes.Valid) return std::nullopt;
    return static_cast<std::uint32_t>(attributes.Node);
}

}  // namespace

void bind_numa(py::module_& module) {
    py::class_<Node>(module, "NumaNode")
        .def_readonly("number", &Node::number)
        .def_readonly("group", &Node::group)
        .def_readonly("processors", &Node::processors)
        .def_readonly("available", &Node::available);
    module.def("query_numa_nodes", &nodes, ReleaseGil());
    module.def("numa_node_of", &node_of, "address"_a, ReleaseGil());
}

}  // namespace ntpages
