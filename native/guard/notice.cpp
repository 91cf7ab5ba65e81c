// guard/notice: Shell_NotifyIcon, on a thread that has a window and takes its messages as long as
// the notification is there. Source: shellapi.h, winuser.h, Windows 2000; the flags of quiet time
// and of what has no sound, Windows 7 and XP. Windows shows it as a toast, since Windows 10.
#include "native/guard/notice.hpp"

#include <shellapi.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <string_view>

#include "native/error.hpp"
#include "native/nt.hpp"

namespace ntpages {
namespace {

constexpr auto* user = L"user32.dll";
constexpr auto* shell = L"shell32.dll";

// Nothing else of ntpages needs these two, and an image of Windows for containers has no shell.
// They come from Windows' own folder and nowhere else, so that no file can be planted for it.
void load(const wchar_t* module) {
    if (GetModuleHandleW(module)) return;
    if (LoadLibraryExW(module, nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32)) return;
    const auto code = GetLastError();
    fail("LoadLibraryExW", code, utf8(module, std::wstring_view(module).size()));
}

template <typename Signature>
Signature* required(const wchar_t* module, const char* name) {
    const auto found = nt::find(module, name);
    if (!found) throw Missing(name);
    return reinterpret_cast<Signature*>(reinterpret_cast<void (*)()>(found));
}

// What a notification takes, found before it begins: a thread in the middle of it must not fail.
struct Calls {
    decltype(CreateWindowExW)* create_window =
        required<decltype(CreateWindowExW)>(user, "CreateWindowExW");
    decltype(DestroyWindow)* destroy_window =
        required<decltype(DestroyWindow)>(user, "DestroyWindow");
    decltype(LoadIconW)* load_icon = required<decltype(LoadIconW)>(user, "LoadIconW");
    decltype(MsgWaitForMultipleObjects)* wait =
        required<decltype(MsgWaitForMultipleObjects)>(user, "MsgWaitForMultipleObjects");
    decltype(PeekMessageW)* take_message = required<decltype(PeekMessageW)>(user, "PeekMessageW");
    decltype(DispatchMessageW)* dispatch =
        required<decltype(DispatchMessageW)>(user, "DispatchMessageW");
    decltype(Shell_NotifyIconW)* notify =
        required<decltype(Shell_NotifyIconW)>(shell, "Shell_NotifyIconW");
};

// A service's session, 0, has no user; a program that is run over the network has no desktop that
// anybody sees.
bool is_seen() {
    DWORD session = 0;
    check(ProcessIdToSessionId(GetCurrentProcessId(), &session), "ProcessIdToSessionId");
    if (session == 0) return false;
    load(user);
    const auto get_station =
        required<decltype(GetProcessWindowStation)>(user, "GetProcessWindowStation");
    const auto ask =
        required<decltype(GetUserObjectInformationW)>(user, "GetUserObjectInformationW");
    USEROBJECTFLAGS flags{};
    const auto station = check(get_station(), "GetProcessWindowStation");
    check(ask(station, UOI_FLAGS, &flags, sizeof flags, nullptr), "GetUserObjectInformationW");
    return (flags.dwFlags & WSF_VISIBLE) != 0;
}

// As much of a text as there is room for, with an ellipsis where some is left out, and no half of a
// character. The rest is zero already.
template <std::size_t Room>
void fit(const std::string& text, wchar_t (&to)[Room]) {
    auto wide = utf16(text);
    std::replace(wide.begin(), wide.end(), L'\0', L' ');
    if (wide.size() >= Room) {
        auto kept = Room - 2;
        if (IS_HIGH_SURROGATE(wide[kept - 1])) --kept;
        wide.resize(kept);
        wide += L'\u2026';
    }
    wide.copy(to, Room - 1);
}

Handle event() {
    return Handle(check(CreateEventW(nullptr, TRUE, FALSE, nullptr), "CreateEventW"));
}

}  // namespace

// One notification. Its thread has a share in it, and may outlive a Notice that could not wait.
struct Notice::Shown {
    Calls calls;
    NOTIFYICONDATAW data{};
    DWORD lasting = 0;
    Handle begun = event();
    Handle over = event();
    Handle thread;
    const char* refused = nullptr;  // the call for which it is not there, and its code
    DWORD refusal = 0;

    void refuse(const char* call) noexcept {
        const auto code = GetLastError();
        refused = call;
        refusal = code != 0 ? code : static_cast<DWORD>(E_FAIL);  // a shell that does not say why
    }

    void keep() noexcept {
        data.hWnd = calls.create_window(0, L"STATIC", L"", 0, 0, 0, 0, 0, HWND_MESSAGE, nullptr,
                                        nullptr, nullptr);
        if (!data.hWnd) return refuse("CreateWindowExW");
        SetLastError(0);
        if (!calls.notify(NIM_ADD, &data)) {
            refuse("Shell_NotifyIconW");
        } else {
            if (SetEvent(begun.get())) {
                stay();
            } else {
                refuse("SetEvent");
            }
            calls.notify(NIM_DELETE, &data);
        }
        calls.destroy_window(data.hWnd);
    }

    // Takes messages meanwhile: who has a window and does not is waited for by others.
    void stay() const noexcept {
        const auto until = GetTickCount64() + lasting;
        const auto end = over.get();
        for (auto now = GetTickCount64(); now < until; now = GetTickCount64()) {
            const auto left = static_cast<DWORD>(until - now);
            if (calls.wait(1, &end, FALSE, left, QS_ALLINPUT) != WAIT_OBJECT_0 + 1) return;
            MSG message;
            while (calls.take_message(&message, nullptr, 0, 0, PM_REMOVE)) {
                calls.dispatch(&message);
            }
        }
    }

    bool has_ended(DWORD milliseconds) const {
        const auto result = WaitForSingleObject(thread.get(), milliseconds);
        if (result == WAIT_FAILED) fail("WaitForSingleObject");
        return result == WAIT_OBJECT_0;
    }
};

DWORD WINAPI Notice::run(void* given) {
    const std::unique_ptr<std::shared_ptr<Shown>> share(
        static_cast<std::shared_ptr<Shown>*>(given));
    (*share)->keep();
    return NO_ERROR;
}

Notice::~Notice() {
    if (!shown_) return;
    SetEvent(shown_->over.get());
    WaitForSingleObject(shown_->thread.get(), INFINITE);
}

bool Notice::show(const std::string& title, const std::string& text, std::uint32_t milliseconds) {
    if (!is_seen()) return false;
    load(shell);
    const auto shown = std::make_shared<Shown>();
    shown->lasting = milliseconds;
    auto& data = shown->data;
    data.cbSize = sizeof data;
    data.uFlags = NIF_ICON | NIF_TIP | NIF_INFO;
    // An icon that can't be had is left blank: the words are what counts.
    data.hIcon = shown->calls.load_icon(nullptr, IDI_INFORMATION);
    data.dwInfoFlags = NIIF_INFO | NIIF_NOSOUND | NIIF_RESPECT_QUIET_TIME;
    fit(title, data.szTip);
    fit(title, data.szInfoTitle);
    fit(text, data.szInfo);

    const std::scoped_lock locked(lock_);
    end();
    auto share = std::make_unique<std::shared_ptr<Shown>>(shown);
    shown->thread =
        Handle(check(CreateThread(nullptr, 0, &run, share.get(), 0, nullptr), "CreateThread"));
    static_cast<void>(share.release());  // the thread's
    const std::array<HANDLE, 2> either{shown->begun.get(), shown->thread.get()};
    const auto first = WaitForMultipleObjects(2, either.data(), FALSE, INFINITE);
    shown_ = shown;
    if (first == WAIT_OBJECT_0) return true;
    const auto code = GetLastError();
    end();
    if (first == WAIT_FAILED) fail("WaitForMultipleObjects", code);
    fail(shown->refused, shown->refusal);
}

bool Notice::wait(std::uint32_t milliseconds) {
    std::shared_ptr<Shown> shown;
    {
        const std::scoped_lock locked(lock_);
        shown = shown_;
    }
    return !shown || shown->has_ended(milliseconds);
}

void Notice::close() {
    const std::scoped_lock locked(lock_);
    end();
}

// What can't be ended is kept, to be ended again.
void Notice::end() {
    if (!shown_) return;
    check(SetEvent(shown_->over.get()), "SetEvent");
    shown_->has_ended(INFINITE);
    shown_.reset();
}

}  // namespace ntpages
