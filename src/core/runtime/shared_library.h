#pragma once

#include <string>

namespace mscomm {

/// A library that is loaded when it is first needed, so that commands that do without it do not pay
/// for it at their start. It is never unloaded.
class SharedLibrary {
 public:
  struct Naming {
    std::string title;         ///< "libcurl"
    std::string purpose;       ///< "which speaks HTTP"
    std::string install_hint;  ///< "install libcurl: apt-get install libcurl4"
  };

  /// `name` is what the dynamic linker looks for: "libcurl.so.4". Throws Error{usage} when it is
  /// not installed.
  SharedLibrary(const char* name, Naming naming);

  /// Points `function` to the library's function `symbol`. Throws Error{usage} when it has none.
  template <class Function>
  void find(const char* symbol, Function& function) const {
    // POSIX (dlsym) guarantees that the conversion keeps its meaning.
    function = reinterpret_cast<Function>(address_of(symbol));
  }

 private:
  [[nodiscard]] void* address_of(const char* symbol) const;

  void* handle_;
  Naming naming_;
};

}  // namespace mscomm
