// guard/notice: a notification for whoever sits at the machine.
#pragma once

#include <windows.h>

#include <cstdint>
#include <memory>
#include <string>

#include "native/handle.hpp"
#include "native/lock.hpp"

namespace ntpages {

class Notice : public Exposed {
public:
    Notice() = default;
    ~Notice();
    Notice(const Notice&) = delete;
    Notice& operator=(const Notice&) = delete;

    // Whether it was handed to Windows: not where nobody could see it, in a session without a user
    // or without a desktop. It makes no sound, is not shown in quiet time, and is there for so
    // long, or until the next one or close().
    bool show(const std::string& title, const std::string& text, std::uint32_t milliseconds);

    // Whether none is there any more; waits for that.
    bool wait(std::uint32_t milliseconds);

    void close();

private:
    struct Shown;

    static DWORD WINAPI run(void* given);
    void end();

    SlimLock lock_;
    std::shared_ptr<Shown> shown_;
};

}  // namespace ntpages
