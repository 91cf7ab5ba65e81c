// doctor/answers: what the kernel says to a length that nobody checked before asking.
#pragma once

#include <windows.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ntpages {

struct SystemAnswer {
    std::uint32_t status;
    std::uint32_t returned;  // bytes that the kernel says it has; it may say so in refusing, too
    std::vector<std::byte> content;  // what it wrote, if it did
};

// Asks for a class of NtQuerySystemInformation with a buffer of `size` bytes of zeros.
SystemAnswer ask_system(ULONG information, ULONG size);

}  // namespace ntpages
