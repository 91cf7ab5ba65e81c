// partitions/partition: NtCreatePartition, NtOpenPartition and NtManagePartition.
#include "native/partitions/partition.hpp"

#include <algorithm>

#include "native/error.hpp"
#include "native/partitions/nt.hpp"
#include "native/ranges.hpp"

namespace ntpages {
namespace {

constexpr ULONG any_node = 0xFFFFFFFF;

// A refusal for want of a privilege names it: Windows does not.
void check_partition(Status status, const char* call, const std::string& about = {}) {
    if (status >= 0) return;
    fail_status(call, status,
                status == nt::status_privilege_not_held ? "SeLockMemoryPrivilege" : about);
}

HANDLE handle_of(std::uintptr_t number) noexcept {
    return reinterpret_cast<HANDLE>(number);
}

PartitionMemory memory_of(HANDLE partition) {
    nt::PartitionConfiguration pages{};
    check_partition(
        nt::manage_partition(partition, nullptr, nt::system_memory_partition_information, &pages,
                             static_cast<ULONG>(sizeof(pages))),
        "NtManagePartition");
    PartitionMemory found{};
    found.id = pages.id;
    found.node = pages.node;
    found.nodes = pages.nodes;
    found.total = pages.total * page_size;
    found.available = pages.available * page_size;
    found.resident_available = pages.resident_available * page_size;
    found.committed = pages.committed * page_size;
    found.commit_limit = pages.commit_limit * page_size;
    found.commit_peak = pages.peak_commitment * page_size;
    found.commit_limit_maximum = pages.maximum_commit_limit * page_size;
    found.zero = pages.zero * page_size;
    found.free = pages.free * page_size;
    found.standby_total = pages.standby * page_size;
    const auto in_bytes = [](std::size_t count) { return std::uint64_t{count} * page_size; };
    std::ranges::transform(pages.standby_by_priority, found.standby.begin(), in_bytes);
    std::ranges::transform(pages.repurposed_by_priority, found.repurposed.begin(), in_bytes);
    return found;
}

// A name as the kernel takes it, for the length of a call.
class Named {
public:
    explicit Named(const std::string& name) : text_(utf16(name)) {
        const auto bytes = static_cast<USHORT>(text_.size() * sizeof(wchar_t));
        string_.length = string_.maximum = bytes;
        string_.buffer = text_.data();
        attributes_.length = sizeof(attributes_);
        attributes_.name = &string_;
        attributes_.attributes = nt::object_case_insensitive;
    }
    Named(const Named&) = delete;
    Named& operator=(const Named&) = delete;

    nt::ObjectAttributes* get() noexcept { return &attributes_; }

private:
    std::wstring text_;
    nt::UnicodeString string_{};
    nt::ObjectAttributes attributes_{};
};

}  // namespace

PartitionMemory system_partition_memory() {
    return memory_of(handle_of(nt::memory_system_partition_handle));
}

PartitionMemory current_partition_memory() {
    return memory_of(handle_of(nt::memory_current_partition_handle));
}

Partition Partition::create(const std::optional<std::string>& name, std::optional<ULONG> node) {
    HANDLE made = nullptr;
    std::optional<Named> named;
    if (name) named.emplace(*name);
    check_partition(
        nt::create_partition(nullptr, &made,
                             nt::memory_partition_query_access | nt::memory_partition_modify_access,
                             named ? named->get() : nullptr, node.value_or(any_node)),
        "NtCreatePartition", name.value_or(""));
    return Partition(made);
}

Partition Partition::open(const std::string& name, bool modify) {
    HANDLE opened = nullptr;
    Named named(name);
    const auto access =
        nt::memory_partition_query_access | (modify ? nt::memory_partition_modify_access : 0UL);
    check_partition(nt::open_partition(&opened, access, named.get()), "NtOpenPartition", name);
    return Partition(opened);
}

void Partition::close() {
    if (lease_.closed()) return;  // closing twice is harmless
    try {
        Lease::Alone alone(lease_);
        handle_.reset();
        alone.close();
    } catch (const Closed&) {
        return;  // another thread was faster
    }
}

std::uintptr_t Partition::handle() const {
    const Lease::Use use(lease_);
    return reinterpret_cast<std::uintptr_t>(handle_.get());
}

PartitionMemory Partition::memory() const {
    const Lease::Use use(lease_);
    return memory_of(handle_.get());
}

void Partition::take(std::size_t pages, std::optional<ULONG> node) {
    const Lease::Use use(lease_);
    nt::PartitionTransfer transfer{pages, node.value_or(any_node), 0};
    check_partition(
        nt::manage_partition(handle_.get(), handle_of(nt::memory_system_partition_handle),
                             nt::system_memory_partition_move_memory, &transfer,
                             static_cast<ULONG>(sizeof(transfer))),
        "NtManagePartition", std::to_string(pages * page_size) + " bytes");
}

}  // namespace ntpages
