// heaps/global_memory: memory behind a GlobalAlloc or LocalAlloc handle, for the calls that want
// one.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>

#include "native/handle.hpp"
#include "native/lease.hpp"

namespace ntpages {

// Two names for one thing since Windows 95: what differs is who may free what.
class GlobalMemory : public Exposed {
public:
    GlobalMemory(std::size_t size, bool movable, bool zero, bool local);
    // Takes over what someone else allocated. Throws Error where there is no such handle.
    GlobalMemory(std::uintptr_t handle, bool local);
    ~GlobalMemory();
    GlobalMemory(const GlobalMemory&) = delete;
    GlobalMemory& operator=(const GlobalMemory&) = delete;

    void close();
    // From now on the memory is the caller's, or whoever's it hands the handle to.
    std::uintptr_t detach();

    // Not under a view: it may move, and fixed memory changes its handle then.
    void resize(std::size_t size, bool zero);
    // How often it is locked, by views and by others. Fixed memory never is.
    [[nodiscard]] unsigned locks();

    [[nodiscard]] bool closed() const noexcept { return lease_.closed(); }
    [[nodiscard]] bool local() const noexcept { return local_; }
    [[nodiscard]] std::uintptr_t handle();
    [[nodiscard]] std::size_t size();

    // Each view holds one lock of the handle, so the memory stays where it is.
    Lent lend(bool writable);
    void give_back() noexcept;

private:
    [[nodiscard]] std::size_t measure() const;
    bool free() noexcept;

    HGLOBAL memory_ = nullptr;  // changes while the lease is had alone
    const bool local_;
    Lease lease_{"GlobalMemory"};
};

// The handle of movable memory that is locked at an address.
std::uintptr_t handle_of_global_memory(std::uintptr_t address, bool local);

}  // namespace ntpages
