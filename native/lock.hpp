// lock: Windows' slim reader/writer lock, in the shape that std::scoped_lock and shared_lock want.
#pragma once

#include <windows.h>

#include <atomic>
#include <mutex>
#include <shared_mutex>

namespace ntpages {

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

// Waits until nobody counts as busy any more. False where somebody seems to be so for ever: a
// thread may have been killed or suspended in the middle of it.
inline bool drain(const std::atomic<long>& count) noexcept {
    constexpr ULONGLONG patience = 2000;  // milliseconds, for what takes microseconds
    const auto started = GetTickCount64();
    for (auto turn = 0; count != 0; ++turn) {
        if (GetTickCount64() - started > patience) return false;
        if (turn < 100) {
            SwitchToThread();
        } else {
            Sleep(1);
        }
    }
    return true;
}

}  // namespace ntpages
