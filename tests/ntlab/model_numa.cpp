// model_numa: a machine with any nodes, and the memory that was asked of each.
// Sources: Microsoft's reference pages; winnt.h for the layouts.
#include "model_numa.hpp"

#include <psapi.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "ntlab.hpp"

namespace ntlab {
namespace {

struct Node {
    std::uint32_t number;
    std::uint64_t memory;  // bytes that are free while nobody asks for any
    std::array<GROUP_AFFINITY, 8> groups;
    std::size_t group_count;  // 0: memory alone
};

struct Placement {  // memory of this process that prefers a node
    std::uintptr_t address;
    std::size_t size;
    std::uint32_t node;
    bool only;  // rather nothing than memory of another one
};

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::array<Node, 64> nodes{};
constinit std::size_t node_count = 0;
constinit std::array<Placement, 1024> placements{};
constinit std::size_t placement_count = 0;
constinit bool amount_known = true;
constinit bool knows_groups = true;  // RelationNumaNodeEx, since build 20348

void give(Node& node, std::uint32_t group, std::uint64_t processors) noexcept {
    if (processors == 0 || node.group_count == node.groups.size()) return;
    auto& told = node.groups[node.group_count++];
    told = {};
    told.Mask = processors;
    told.Group = static_cast<WORD>(group);
}

// Two nodes with four processors each.
void reset() noexcept {
    const Locked locked(lock);
    nodes[0] = {0, 3'567'936ULL << 10, {}, 0};
    nodes[1] = {1, 3'283'832ULL << 10, {}, 0};
    give(nodes[0], 0, 0x0F);
    give(nodes[1], 0, 0xF0);
    node_count = 2;
    placement_count = 0;
    amount_known = knows_groups = true;
}

std::span<const Node> all() noexcept {
    return {nodes.data(), node_count};
}

const Node* find_node(ULONG number) noexcept {
    const auto found = std::ranges::find(all(), number, &Node::number);
    return found == all().end() ? nullptr : &*found;
}

// ---- What there is ----------------------------------------------------------------------------

BOOL WINAPI highest_node(ULONG* number) {
    if (!number) return refuse(ERROR_NOACCESS);
    const Locked locked(lock);
    *number = std::ranges::max(all(), {}, &Node::number).number;
    return TRUE;
}

constexpr auto relation_node_ex = static_cast<LOGICAL_PROCESSOR_RELATIONSHIP>(6);

// SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX with a NUMA_NODE_RELATIONSHIP, as long as there are
// groups.
struct Relation {
    DWORD relationship;
    DWORD size;
    DWORD number;
    BYTE reserved[18];
    WORD group_count;
    std::array<GROUP_AFFINITY, 8> groups;
};

constexpr DWORD size_of(std::size_t groups) noexcept {
    return static_cast<DWORD>(offsetof(Relation, groups) + groups * sizeof(GROUP_AFFINITY));
}

// The relation without "Ex" tells one group of a node, and no count; asked with it, Windows calls
// what it tells by the same name. Only nodes with processors are told.
BOOL WINAPI relations(LOGICAL_PROCESSOR_RELATIONSHIP kind,
                      SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX* buffer, DWORD* length) {
    if (kind != RelationNumaNode && kind != relation_node_ex) {
        return beyond("GetLogicalProcessorInformationEx", &relations)(kind, buffer, length);
    }
    if (!length) return refuse(ERROR_INVALID_PARAMETER);
    const Locked locked(lock);
    const auto all_groups = kind == relation_node_ex;
    if (all_groups && !knows_groups) return refuse(ERROR_INVALID_PARAMETER);
    const auto told = [=](const Node& node) { return all_groups ? node.group_count : 1; };
    DWORD needed = 0;
    for (const auto& node : all()) needed += node.group_count != 0 ? size_of(told(node)) : 0;
    const auto room = *length;
    *length = needed;
    if (room < needed || !buffer) return refuse(ERROR_INSUFFICIENT_BUFFER);
    auto* at = reinterpret_cast<std::byte*>(buffer);
    for (const auto& node : all()) {
        if (node.group_count == 0) continue;
        Relation one{};
        one.relationship = RelationNumaNode;
        one.size = size_of(told(node));
        one.number = node.number;
        one.group_count = static_cast<WORD>(all_groups ? node.group_count : 0);
        std::copy_n(node.groups.begin(), told(node), one.groups.begin());
        std::memcpy(at, &one, one.size);
        at += one.size;
    }
    return TRUE;
}

// ---- Memory of a node -------------------------------------------------------------------------

BOOL WINAPI query_pages(HANDLE process, void* buffer, DWORD size);

using QueryPages = BOOL WINAPI(HANDLE, void*, DWORD);

// Bytes of a placement that are in RAM: memory leaves its node at the first touch.
std::uint64_t resident(const Placement& placement, QueryPages* look) noexcept {
    constexpr std::size_t page = 4096;
    std::array<PSAPI_WORKING_SET_EX_INFORMATION, 256> pages{};
    std::uint64_t found = 0;
    for (std::size_t at = 0; at < placement.size; at += pages.size() * page) {
        const auto count = std::min(pages.size(), (placement.size - at + page - 1) / page);
        for (std::size_t each = 0; each < count; ++each) {
            pages[each].VirtualAddress =
                reinterpret_cast<void*>(placement.address + at + each * page);
        }
        if (!look(GetCurrentProcess(), pages.data(), static_cast<DWORD>(count * sizeof pages[0]))) {
            break;
        }
        for (std::size_t each = 0; each < count; ++each) {
            if (pages[each].VirtualAttributes.Valid) found += page;
        }
    }
    return found;
}

BOOL WINAPI available_memory(USHORT number, ULONGLONG* bytes) {
    const auto look = beyond("K32QueryWorkingSetEx", &query_pages);
    const Locked locked(lock);
    if (!amount_known) return refuse(ERROR_CALL_NOT_IMPLEMENTED);
    const auto* const node = find_node(number);
    if (!node) return refuse(ERROR_INVALID_PARAMETER);
    *bytes = node->memory;
    for (const auto& placement : std::span(placements).first(placement_count)) {
        if (placement.node == number) *bytes -= std::min(*bytes, resident(placement, look));
    }
    return TRUE;
}

void remember(void* memory, SIZE_T size, ULONG node, bool only = false) noexcept {
    const Locked locked(lock);
    if (!memory || placement_count == placements.size()) return;
    placements[placement_count++] = {reinterpret_cast<std::uintptr_t>(memory), size, node, only};
}

void forget(const void* memory) noexcept {
    const Locked locked(lock);
    const auto end = placements.begin() + placement_count;
    const auto address = reinterpret_cast<std::uintptr_t>(memory);
    const auto kept = std::remove_if(placements.begin(), end, [&](const Placement& placement) {
        return placement.address == address;
    });
    placement_count -= static_cast<std::size_t>(end - kept);
}

BOOL WINAPI query_pages(HANDLE process, void* buffer, DWORD size) {
    const auto answer = beyond("K32QueryWorkingSetEx", &query_pages)(process, buffer, size);
    if (!answer || process != GetCurrentProcess()) return answer;
    auto* const pages = static_cast<PSAPI_WORKING_SET_EX_INFORMATION*>(buffer);
    const Locked locked(lock);
    for (std::size_t at = 0; at < size / sizeof *pages; ++at) {
        if (!pages[at].VirtualAttributes.Valid) continue;
        const auto address = reinterpret_cast<std::uintptr_t>(pages[at].VirtualAddress);
        for (const auto& placement : std::span(placements).first(placement_count)) {
            if (address - placement.address >= placement.size) continue;
            pages[at].VirtualAttributes.Node = placement.node & 0x3F;
        }
    }
    return answer;
}

// The node counts only for new memory, where the address is chosen now.
void* WINAPI allocate_on_node(HANDLE process, void* address, SIZE_T size, DWORD type,
                              DWORD protection, DWORD node) {
    const auto none = node == NUMA_NO_PREFERRED_NODE;
    if (!none && !node_exists(node)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return nullptr;
    }
    auto* const memory = beyond("VirtualAllocExNuma", &allocate_on_node)(process, address, size,
                                                                         type, protection, node);
    if (!none && (type & MEM_RESERVE) != 0) remember(memory, size, node);
    return memory;
}

struct Parameter {  // MEM_EXTENDED_PARAMETER
    std::uint64_t type;
    std::uint64_t value;
};

void* WINAPI allocate2(HANDLE process, void* address, SIZE_T size, ULONG type, ULONG protection,
                       Parameter* parameters, ULONG count) {
    constexpr std::uint64_t mandatory = 1ULL << 63;
    const auto end = parameters + count;
    const auto node =
        std::find_if(parameters, end, [](const Parameter& one) { return (one.type & 0xFF) == 2; });
    const auto number = node == end ? 0 : static_cast<ULONG>(node->value & ~mandatory);
    const auto only = node != end && (node->value & mandatory) != 0;
    if (node != end && !node_exists(number)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return nullptr;
    }
    auto* const memory = beyond("VirtualAlloc2", &allocate2)(process, address, size, type,
                                                             protection, parameters, count);
    if (node != end && (type & MEM_RESERVE) != 0) remember(memory, size, number, only);
    return memory;
}

BOOL WINAPI release(void* address, SIZE_T size, DWORD type) {
    const auto answer = beyond("VirtualFree", &release)(address, size, type);
    if (answer && (type & MEM_RELEASE) != 0) forget(address);
    return answer;
}

const Service services[] = {
    {"kernel32.dll", "GetNumaHighestNodeNumber", &highest_node},
    {"kernel32.dll", "GetLogicalProcessorInformationEx", &relations},
    {"kernel32.dll", "GetNumaAvailableMemoryNodeEx", &available_memory},
    {"kernel32.dll", "K32QueryWorkingSetEx", &query_pages},
    {"kernel32.dll", "VirtualAllocExNuma", &allocate_on_node},
    {"kernelbase.dll", "VirtualAlloc2", &allocate2},
    {"kernel32.dll", "VirtualFree", &release},
};
const Model model{"numa", &reset, services};

}  // namespace

bool node_exists(ULONG node) noexcept {
    if (!model.active()) return node == 0;
    const Locked locked(lock);
    return find_node(node) != nullptr;
}

}  // namespace ntlab

extern "C" {

__declspec(dllexport) void numa_clear() {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::node_count = 0;
}

__declspec(dllexport) void numa_add(std::uint32_t number, std::uint64_t memory) {
    const ntlab::Locked locked(ntlab::lock);
    if (ntlab::node_count == ntlab::nodes.size()) return;
    ntlab::nodes[ntlab::node_count++] = {number, memory, {}, 0};
}

// More processors for the node that was added last.
__declspec(dllexport) void numa_give(std::uint32_t group, std::uint64_t processors) {
    const ntlab::Locked locked(ntlab::lock);
    if (ntlab::node_count != 0) ntlab::give(ntlab::nodes[ntlab::node_count - 1], group, processors);
}

// Whether this Windows knows of nodes with several groups.
__declspec(dllexport) void numa_groups_known(int known) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::knows_groups = known != 0;
}

// Whether this Windows says how much memory a node has.
__declspec(dllexport) void numa_amount_known(int known) {
    const ntlab::Locked locked(ntlab::lock);
    ntlab::amount_known = known != 0;
}

// Memory of this process that lies in a node, whoever allocated it.
__declspec(dllexport) void numa_place(void* address, std::size_t size, std::uint32_t node) {
    ntlab::remember(address, size, node);
}

// Whether the memory at an address was asked of its node and no other.
__declspec(dllexport) int numa_only(void* address) {
    const ntlab::Locked locked(ntlab::lock);
    const auto all = std::span(ntlab::placements).first(ntlab::placement_count);
    const auto found = std::ranges::find(all, reinterpret_cast<std::uintptr_t>(address),
                                         &ntlab::Placement::address);
    return found != all.end() && found->only;
}

}  // extern "C"
