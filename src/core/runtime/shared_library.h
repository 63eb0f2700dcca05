#pragma once

#include <string>

namespace mscomm {

/// A library loaded at first use, so that commands without it do not pay for it. It is never
/// unloaded.
class SharedLibrary {
 public:
  struct Naming {
    std::string title;         ///< "libcurl"
    std::string purpose;       ///< "which speaks HTTP"
    std::string install_hint;  ///< "install libcurl: apt-get install libcurl4"
  };

  /// `name` is the soname: "libcurl.so.4". Throws Error{usage} when it is not installed.
  SharedLibrary(const char* name, Naming naming);

 protected:
  /// A function of the library; converts to the type of the pointer that it is assigned to.
  class Function {
   public:
    template <class Signature>
    operator Signature*() const noexcept {
      // POSIX (dlsym) guarantees this conversion.
      return reinterpret_cast<Signature*>(address_);
    }

   private:
    friend class SharedLibrary;
    explicit Function(void* address) : address_(address) {}
    void* address_;
  };

  /// The library's function `symbol`. Throws Error{usage} when the library lacks it.
  [[nodiscard]] Function function(const char* symbol) const;

 private:
  void* handle_;
  Naming naming_;
};

/// The functions of a library, each declared with its symbol:
///
///     struct Zlib : LibraryTable<Zlib> {
///       Zlib() : LibraryTable("libz.so.1", {"zlib", "which decompresses", "install zlib: …"}) {}
///       decltype(&::crc32_z) crc32 = function("crc32_z");
///     };
///     Zlib::get().crc32(0, data, size);
template <class Table>
class LibraryTable : public SharedLibrary {
 public:
  using SharedLibrary::SharedLibrary;

  /// The only table, loaded by the first call. Throws Error{usage} as the constructor does.
  static const Table& get() {
    static const Table table;
    return table;
  }
};

}  // namespace mscomm
