// model_partitions: memory partitions, made, opened, asked and given memory. Wine has none.
// Sources: phnt, ntmmapi.h; for what is refused in which order, readings of ntoskrnl.exe. Assumed:
// who may open the system's partition by name, and the status where there is not enough to move.
#include "model_partitions.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string_view>

#include "model_memory_lists.hpp"
#include "model_numa.hpp"
#include "model_privileges.hpp"
#include "ntlab.hpp"

namespace ntlab {
namespace {

constexpr ULONG query_access = 1;
constexpr ULONG modify_access = 2;
constexpr ULONG any_node = 0xFFFFFFFF;
constexpr std::size_t system_number = 0;
constexpr std::wstring_view system_name = L"\\KernelObjects\\MemoryPartition0";

constexpr Status status_invalid_parameter_2 = status(0xC00000F0);
constexpr Status status_object_name_not_found = status(0xC0000034);
constexpr Status status_object_name_collision = status(0xC0000035);
constexpr Status status_object_path_syntax_bad = status(0xC000003B);

struct Partition {
    bool alive;
    std::array<wchar_t, 128> name;
    std::size_t name_length;  // 0: none
    std::uint64_t pages;
};

struct Opened {
    HANDLE handle;
    std::size_t partition;
    ULONG access;
};

constinit SRWLOCK lock = SRWLOCK_INIT;
constinit std::array<Partition, 32> partitions{};  // the first is the system's
constinit std::array<Opened, 128> opened{};
constinit std::size_t opened_count = 0;

void reset() noexcept {
    const Locked locked(lock);
    partitions = {};
    partitions[system_number].alive = true;
    opened_count = 0;
}

std::uint64_t moved() noexcept {
    std::uint64_t pages = 0;
    for (const auto& each : partitions) pages += each.pages;
    return pages;
}

struct Text {  // UNICODE_STRING
    USHORT size;
    USHORT room;
    const wchar_t* characters;
};

struct Attributes {  // OBJECT_ATTRIBUTES
    ULONG length;
    HANDLE root;
    const Text* name;
    ULONG attributes;
    void* security;
    void* quality;
};

std::wstring_view name_in(const Attributes* attributes) noexcept {
    if (!attributes || !attributes->name) return {};
    return {attributes->name->characters, attributes->name->size / sizeof(wchar_t)};
}

bool same(std::wstring_view one, std::wstring_view other) noexcept {
    return CompareStringOrdinal(one.data(), static_cast<int>(one.size()), other.data(),
                                static_cast<int>(other.size()), TRUE) == CSTR_EQUAL;
}

// A handle of the system, so that closing it is checked and a leak of it counted.
Status give(HANDLE* to, std::size_t partition, ULONG access) noexcept {
    if (opened_count == opened.size()) return status_insufficient_resources;
    const auto handle = CreateEventW(nullptr, TRUE, FALSE, nullptr);
    if (!handle) return status_insufficient_resources;
    opened[opened_count++] = {handle, partition, access};
    *to = handle;
    return status_success;
}

Status NTAPI create(HANDLE parent, HANDLE* made, ULONG access, const Attributes* attributes,
                    ULONG node) {
    if (!made) return status_access_violation;
    if (!privilege_enabled(lock_memory)) return status_privilege_not_held;
    if (parent) return status_invalid_handle;
    if (node != any_node && !node_exists(node)) return status_invalid_parameter;
    if (attributes && attributes->length != sizeof(Attributes)) return status_invalid_parameter;
    const auto name = name_in(attributes);
    const Locked locked(lock);
    if (!name.empty() && name.front() != L'\\') return status_object_path_syntax_bad;
    for (const auto& each : partitions) {
        if (each.name_length != 0 && same(name, {each.name.data(), each.name_length})) {
            return status_object_name_collision;
        }
    }
    const auto room = std::ranges::find(partitions, false, &Partition::alive);
    if (room == partitions.end()) return status_insufficient_resources;
    auto& partition = *room;
    if (name.size() > partition.name.size()) return status_insufficient_resources;
    std::ranges::copy(name, partition.name.begin());
    partition.name_length = name.size();
    partition.pages = 0;
    const auto answer = give(made, static_cast<std::size_t>(room - partitions.begin()), access);
    partition.alive = answer >= 0;
    return answer;
}

Status NTAPI open(HANDLE* to, ULONG access, const Attributes* attributes) {
    if (!to || !attributes) return status_access_violation;
    if (attributes->length != sizeof(Attributes)) return status_invalid_parameter;
    const auto name = name_in(attributes);
    const Locked locked(lock);
    if (name.empty() || name.front() != L'\\') return status_object_path_syntax_bad;
    if (same(name, system_name)) {
        return token_elevated() ? give(to, system_number, access) : status_access_denied;
    }
    for (std::size_t at = 1; at < partitions.size(); ++at) {
        const auto& each = partitions[at];
        if (each.name_length != 0 && same(name, {each.name.data(), each.name_length}))
            return give(to, at, access);
    }
    return status_object_name_not_found;
}

// With its last handle a partition ends.
BOOL WINAPI close(HANDLE handle) {
    const auto answer = beyond("CloseHandle", &close)(handle);
    const Locked locked(lock);
    const auto all = std::span(opened).first(opened_count);
    const auto found = std::ranges::find(all, handle, &Opened::handle);
    if (!answer || found == all.end()) return answer;
    const auto partition = found->partition;
    *found = opened[--opened_count];
    const auto rest = std::span(opened).first(opened_count);
    if (partition != system_number && std::ranges::none_of(rest, [=](const Opened& each) {
            return each.partition == partition;
        })) {
        partitions[partition] = {};
    }
    return answer;
}

// The two handles that nobody has to open skip the question for access.
Status reference(HANDLE handle, ULONG access, std::size_t& partition) noexcept {
    constexpr auto current = static_cast<std::uintptr_t>(-1);
    constexpr auto system = static_cast<std::uintptr_t>(-2);
    const auto number = reinterpret_cast<std::uintptr_t>(handle);
    partition = system_number;
    if (number == current || number == system) return status_success;
    const auto all = std::span(opened).first(opened_count);
    const auto found = std::ranges::find(all, handle, &Opened::handle);
    if (found == all.end()) return status_invalid_handle;
    partition = found->partition;
    return (found->access & access) == access ? status_success : status_access_denied;
}

struct Configuration {  // MEMORY_PARTITION_CONFIGURATION_INFORMATION
    ULONG flags, node, channel, nodes;
    std::uint64_t resident_available, committed, commit_limit, peak, total, available, zero, free,
        standby;
    std::array<std::uint64_t, 8> standby_by_priority, repurposed_by_priority;
    std::uint64_t maximum_commit_limit, reserved;
    ULONG id;
};
static_assert(sizeof(Configuration) == 240);

void tell(std::size_t partition, Configuration& to) noexcept {
    to = {};
    to.id = static_cast<ULONG>(partition);
    to.nodes = 1;
    if (partition != system_number) {
        to.total = to.available = to.zero = to.resident_available = partitions[partition].pages;
        to.commit_limit = to.maximum_commit_limit = partitions[partition].pages;
        return;
    }
    const auto all = pages();
    const auto gone = moved();
    to.total = total(all) - gone;
    to.zero = all.zero - std::min(all.zero, gone);
    to.free = all.free;
    to.standby_by_priority = all.standby;
    to.repurposed_by_priority = all.repurposed;
    to.standby = std::accumulate(all.standby.begin(), all.standby.end(), std::uint64_t{0});
    to.available = to.zero + to.free + to.standby;
    to.resident_available = to.available - to.available / 8;
    to.committed = to.peak = all.working_sets + all.cache;
    to.commit_limit = to.total + to.total / 4;
    to.maximum_commit_limit = 2 * to.total;
}

struct Transfer {  // MEMORY_PARTITION_TRANSFER_INFORMATION
    std::uint64_t pages;
    ULONG node, flags;
};

Status move(std::size_t target, std::size_t source, const Transfer& wanted) noexcept {
    constexpr ULONG flags = 0x3FF;
    if (wanted.pages == 0) return status_success;
    if (wanted.node != any_node && !node_exists(wanted.node)) return status_invalid_parameter;
    if ((wanted.flags & ~flags) != 0) return status_invalid_parameter;
    if (!privilege_enabled(lock_memory)) return status_privilege_not_held;
    auto& from = partitions[source].pages;
    const auto room = source == system_number ? pages().zero - moved() : from;
    if (wanted.pages > room) return status_insufficient_resources;
    if (source != system_number) from -= wanted.pages;
    if (target != system_number) partitions[target].pages += wanted.pages;
    return status_success;
}

Status NTAPI manage(HANDLE target, HANDLE source, ULONG number, void* buffer, ULONG length) {
    constexpr std::array<ULONG, 2> lengths{sizeof(Configuration), sizeof(Transfer)};
    constexpr ULONG classes = 15;
    if (number >= classes) return status_invalid_info_class;
    if (number >= lengths.size()) return status_access_denied;  // none of ntpages' business
    if (length != lengths[number]) return status_info_length_mismatch;
    if (!buffer) return status_access_violation;
    const Locked locked(lock);
    const auto moves = number == 1;
    const auto access = moves ? modify_access : query_access;
    std::size_t to = 0;
    if (const auto refusal = reference(target, access, to); refusal < 0) return refusal;
    if (!moves) {
        if (source) return status_invalid_parameter_2;
        tell(to, *static_cast<Configuration*>(buffer));
        return status_success;
    }
    std::size_t from = 0;
    if (const auto refusal = reference(source, access, from); refusal < 0) return refusal;
    if (from == to) return status_invalid_parameter;
    return move(to, from, *static_cast<const Transfer*>(buffer));
}

const Service services[] = {
    {"ntdll.dll", "NtCreatePartition", &create},
    {"ntdll.dll", "NtOpenPartition", &open},
    {"ntdll.dll", "NtManagePartition", &manage},
    {"kernel32.dll", "CloseHandle", &close},
};
const Model model{"partitions", &reset, services, {}, "memory_lists"};

}  // namespace

bool is_partition(HANDLE handle) noexcept {
    if (!model.active()) return false;
    const Locked locked(lock);
    std::size_t partition = 0;
    return reference(handle, query_access, partition) >= 0;
}

}  // namespace ntlab
