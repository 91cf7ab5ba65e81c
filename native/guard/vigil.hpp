// guard/vigil: waits until the kernel says that memory is short, or is not, or until it is stopped.
#pragma once

#include <windows.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "native/handle.hpp"

namespace ntpages {

class Vigil : public Exposed {
public:
    // Names below \KernelObjects, each of an event that is set while its condition holds.
    explicit Vigil(const std::vector<std::string>& conditions);

    // Those that hold, by their places among the names. A wait is for the others.
    std::vector<std::size_t> look();

    // Whether something came before the time was over: a condition that did not hold at the last
    // look, or a stop. What held then is not waited for: it would end every wait at once.
    bool wait(std::uint32_t milliseconds) const;

    // Ends all waits, those that are still to come too.
    void stop() const;

private:
    Handle stop_;
    std::vector<Handle> events_;
    std::atomic<std::uint64_t> held_{0};  // a bit for each
};

}  // namespace ntpages
