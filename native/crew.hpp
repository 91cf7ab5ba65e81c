// crew: several threads at one piece of work, the caller's among them.
#pragma once

#include <windows.h>

#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <utility>

#include "native/handle.hpp"

namespace ntpages {

// A lock whose holder may wait for what another one does with it.
class Monitor {
public:
    constexpr Monitor() = default;
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    void lock() noexcept { AcquireSRWLockExclusive(&lock_); }
    void unlock() noexcept { ReleaseSRWLockExclusive(&lock_); }
    // Without the lock meanwhile. It may end for no reason: look again.
    void wait() noexcept {
        ++waiting_;
        SleepConditionVariableSRW(&changed_, &lock_, INFINITE, 0);
        --waiting_;
    }
    // By the holder.
    void tell_all() noexcept {
        if (waiting_ != 0) WakeAllConditionVariable(&changed_);
    }

private:
    std::size_t waiting_ = 0;
    SRWLOCK lock_ = SRWLOCK_INIT;
    CONDITION_VARIABLE changed_ = CONDITION_VARIABLE_INIT;
};

// Lets go of it for as long as a thread works alone.
class Unlocked {
public:
    explicit Unlocked(Monitor& monitor) : monitor_(monitor) { monitor_.unlock(); }
    ~Unlocked() { monitor_.lock(); }
    Unlocked(const Unlocked&) = delete;
    Unlocked& operator=(const Unlocked&) = delete;

private:
    Monitor& monitor_;
};

// Has to outlive run(), and is run by one thread at a time. The others live no longer than run():
// an interrupt leaves none behind. A thread is cheap against the milliseconds it is asked in for.
class Crew {
public:
    // `part` is what each of them does: it looks for something to do until there is nothing left,
    // or until another's failure ends it. It must not call Python.
    explicit Crew(std::function<void()> part) : part_(std::move(part)) {}

    // Does the caller's part, waits for the others, and throws what the first of all threw.
    void run() {
        take_part();
        const std::scoped_lock lock(lock_);
        while (others_ != 0) lock_.wait();
        if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    }

    // Asks one more thread in, from a part that sees enough to do. Where Windows has none to give,
    // those that are there do it all.
    void ask_in() noexcept {
        {
            const std::scoped_lock lock(lock_);
            ++others_;
        }
        const Handle thread(CreateThread(nullptr, 0, &begin, this, 0, nullptr));
        if (!thread) leave();
    }

private:
    static DWORD WINAPI begin(void* crew) noexcept {
        static_cast<Crew*>(crew)->take_part();
        static_cast<Crew*>(crew)->leave();
        return 0;
    }

    void take_part() noexcept {
        try {
            part_();
        } catch (...) {
            const std::scoped_lock lock(lock_);
            if (!failure_) failure_ = std::current_exception();
        }
    }

    // The last that a thread does with the crew: whoever waits takes the lock first.
    void leave() noexcept {
        const std::scoped_lock lock(lock_);
        --others_;
        lock_.tell_all();
    }

    std::function<void()> part_;
    Monitor lock_;
    std::size_t others_ = 0;  // threads that were asked in
    std::exception_ptr failure_;
};

}  // namespace ntpages
