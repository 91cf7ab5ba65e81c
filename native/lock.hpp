// lock: Windows' slim reader/writer lock, in the shape that std::scoped_lock and shared_lock want.
#pragma once

#include <windows.h>

#include <mutex>
#include <shared_mutex>

namespace ntmem {

// Nothing to destroy, so a static one is safe while a process dies around it.
class SlimLock {
public:
    constexpr SlimLock() = default;
    SlimLock(const SlimLock&) = delete;
    SlimLock& operator=(const SlimLock&) = delete;

    void lock() noexcept { AcquireSRWLockExclusive(&lock_); }
    void unlock() noexcept { ReleaseSRWLockExclusive(&lock_); }
    void lock_shared() noexcept { AcquireSRWLockShared(&lock_); }
    void unlock_shared() noexcept { ReleaseSRWLockShared(&lock_); }

private:
    SRWLOCK lock_ = SRWLOCK_INIT;
};

}  // namespace ntmem
