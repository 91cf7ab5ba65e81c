// model_processes: what the model of working sets asks of the processes.
#pragma once

#include <windows.h>

namespace ntlab {

struct OpenedProcess {
    HANDLE handle;
    DWORD pid;
    DWORD access;
};

// What a handle is good for. Unknown handles are good for nothing, the caller's own for everything.
OpenedProcess opened_process(HANDLE handle) noexcept;

// What the table says of a process once its working set has been emptied: bytes, and faults since.
struct Emptied {
    DWORD pid;
    SIZE_T working_set;
    ULONG faults;
};
void empty_process(DWORD pid) noexcept;
const Emptied* emptied_process(DWORD pid) noexcept;

}  // namespace ntlab
