// partitions/partition: parts of the machine's memory that are managed on their own.
#pragma once

#include <windows.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "native/handle.hpp"
#include "native/lease.hpp"

namespace ntpages {

struct PartitionMemory : Exposed {  // bytes, unless it says otherwise
    std::uint32_t id, node, nodes;  // the last is a count
    std::uint64_t total, available, resident_available, committed, commit_limit, commit_peak,
        commit_limit_maximum, zero, free, standby_total;
    std::array<std::uint64_t, 8> standby, repurposed;  // by priority
};

// Those that everybody may ask about.
PartitionMemory system_partition_memory();
PartitionMemory current_partition_memory();  // of the partition that this process lives in

class Partition : public Exposed {
public:
    // Without a name it can be reached by handle alone. Throws Error, or Missing.
    static Partition create(const std::optional<std::string>& name, std::optional<ULONG> node);
    static Partition open(const std::string& name, bool modify);
    Partition(Partition&& other) noexcept
        : handle_(std::move(other.handle_)) {}  // before anybody else knows of it

    void close();
    [[nodiscard]] bool closed() const noexcept { return lease_.closed(); }
    [[nodiscard]] std::uintptr_t handle() const;
    [[nodiscard]] PartitionMemory memory() const;
    // Moves pages here from the system's partition.
    void take(std::size_t pages, std::optional<ULONG> node);

private:
    explicit Partition(HANDLE handle) : handle_(handle) {}

    mutable Lease lease_{"Partition"};
    Handle handle_;
};

}  // namespace ntpages
