#include "core/message/saved_messages.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "core/message/body_file.h"
#include "core/message/delivery_record.h"
#include "core/message/message_record.h"
#include "core/runtime/error.h"

namespace mscomm {
namespace {

constexpr std::string_view kBody = ".body";
constexpr std::string_view kRecord = ".json";
constexpr std::string_view kUnfinished = ".part";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_safe(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

/// "000000042-order-17" and its number without leading zeros.
struct SavedName {
  std::string stem;
  std::string digits;
};

std::optional<SavedName> parse_name(std::string_view name, std::string_view suffix) {
  if (!name.ends_with(suffix)) {
    return std::nullopt;
  }
  const auto stem = name.substr(0, name.size() - suffix.size());
  const auto number_end = std::ranges::find_if_not(stem, is_digit);
  const bool ours = number_end != stem.begin() &&
                    (number_end == stem.end() || *number_end == '-') &&
                    std::all_of(number_end, stem.end(), is_safe);
  if (!ours) {
    return std::nullopt;
  }
  std::string digits(
      std::ranges::find_if(stem.begin(), number_end, [](char c) { return c != '0'; }), number_end);
  return SavedName{std::string(stem), std::move(digits)};
}

template <class Take>
void for_each_name(const std::string& folder, const Take& take) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    take(entry->path().filename().string());
  }
  if (error) {
    throw Error(Exit::io, fmt::format("cannot read the folder '{}': {}", folder, error.message()));
  }
}

UniqueFd open_folder(const std::string& folder) {
  UniqueFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    throw Error(Exit::io,
                fmt::format("cannot open the folder '{}': {}", folder, std::strerror(errno)));
  }
  return fd;
}

// The highest number of the folder's message files, finished or not; absent when it has none.
std::optional<std::uint64_t> last_number(const std::string& folder) {
  std::optional<std::uint64_t> last;
  for_each_name(folder, [&](std::string_view name) {
    if (name.ends_with(kUnfinished)) {
      name.remove_suffix(kUnfinished.size());
    }
    for (const auto suffix : {kBody, kRecord}) {
      if (const auto saved = parse_name(name, suffix)) {
        std::uint64_t number = 0;
        const auto* const end = saved->digits.data() + saved->digits.size();
        const auto [unused, error] = std::from_chars(saved->digits.data(), end, number);
        if (error == std::errc::result_out_of_range) {
          throw Error(Exit::io,
                      fmt::format("no number is left in the folder '{}' after '{}'", folder, name));
        }
        last = std::max(last.value_or(0), number);
      }
    }
  });
  return last;
}

// "-etc_passwd" for "../../etc/passwd": each run of unsafe characters becomes one underscore.
std::string readable(const std::optional<std::string>& message_id) {
  constexpr std::size_t kLongest = 100;  // a file name may have 255 bytes
  std::string text;
  for (const char c : message_id.value_or("")) {
    if (is_safe(c)) {
      text += c;
    } else if (!text.ends_with('_')) {
      text += '_';
    }
  }
  const auto begin = std::min(text.find_first_not_of('_'), text.size());
  text = text.substr(begin, kLongest);
  text.erase(text.find_last_not_of('_') + 1);
  return text.empty() ? text : "-" + text;
}

// Removes a file at the end of the scope unless keep() was called.
class Provisional {
 public:
  Provisional(int folder, std::string name) : folder_(folder), name_(std::move(name)) {}
  Provisional(const Provisional&) = delete;
  Provisional& operator=(const Provisional&) = delete;
  ~Provisional() {
    if (!kept_) {
      unlinkat(folder_, name_.c_str(), 0);
    }
  }
  void keep() { kept_ = true; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  int folder_;
  std::string name_;
  bool kept_ = false;
};

class FolderSource final : public MessageSource {
 public:
  FolderSource(const std::string& folder, RecordRule rule)
      : folder_(folder), rule_(std::move(rule)), fd_(open_folder(folder)) {
    for_each_name(folder, [this](const std::string& name) {
      if (auto saved = parse_name(name, kRecord)) {
        names_.push_back(std::move(*saved));
      }
    });
    std::ranges::sort(names_, {}, [](const SavedName& name) {
      return std::tuple(name.digits.size(), std::string_view(name.digits),
                        std::string_view(name.stem));
    });
  }

  State next(Outgoing& out) override {
    // A batch per call, so that the caller can serve heartbeats and stop signals.
    constexpr std::size_t kPortion = 256;
    for (std::size_t i = 0; checked_ < names_.size(); ++i) {
      if (i == kPortion) {
        return State::wait;
      }
      check(names_[checked_++]);
    }
    if (next_ == names_.size()) {
      return State::end;
    }
    read(names_[next_++], out);
    return State::message;
  }

  /// A folder is always ready.
  [[nodiscard]] int fd() const override { return fd_.get(); }
  [[nodiscard]] std::optional<double> progress() const override {
    return names_.empty() ? 1.0 : static_cast<double>(next_) / static_cast<double>(names_.size());
  }

 private:
  [[nodiscard]] std::string path_of(const SavedName& name, std::string_view suffix) const {
    return fmt::format("{}/{}{}", folder_, name.stem, suffix);
  }

  [[nodiscard]] MessageRecord record_of(const SavedName& name, std::string_view text) const {
    const auto path = path_of(name, kRecord);
    const auto where = fmt::format("'{}'", path);
    auto record = parse_message_record(text, where);
    if (rule_) {
      rule_(record, where);
    }
    if (record.has_body) {
      throw Error(
          Exit::usage,
          fmt::format("'{}' has a body of its own beside that in '{}'", path, path_of(name, kBody)),
          "leave one of them out; a record with its body is for --jsonl");
    }
    return record;
  }

  void check(const SavedName& name) const {
    static_cast<void>(record_of(name, read_file(path_of(name, kRecord))));
    const auto path = path_of(name, kBody);
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) {
      throw Error(Exit::io, fmt::format("cannot read '{}': {}", path, std::strerror(errno)),
                  "a message is two files, its record and its body");
    }
    if (!S_ISREG(status.st_mode)) {
      throw Error(Exit::io, fmt::format("cannot read '{}': it is not a regular file", path));
    }
  }

  void read(const SavedName& name, Outgoing& out) {
    origin_ = read_file(path_of(name, kRecord));
    auto record = record_of(name, origin_);
    out = Outgoing{};
    out.exchange = std::move(record.exchange);
    out.routing_key = std::move(record.routing_key);
    out.properties = std::move(record.properties);
    out.complete = true;
    const auto path = path_of(name, kBody);
    auto file = open_regular_file(path);
    struct stat status {};
    if (fstat(file.get(), &status) != 0) {
      throw Error(Exit::io, fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    auto body =
        std::make_shared<const BodyFile>(std::move(file), 0, size, fmt::format("'{}'", path));
    if (size > kLargeBody) {
      out.file = std::move(body);
    } else {
      body_ = body->read_all();
      out.body = body_;
      origin_ += body_;
    }
    out.origin = origin_;
  }

  std::string folder_;
  RecordRule rule_;
  UniqueFd fd_;
  std::vector<SavedName> names_;
  std::size_t checked_ = 0;
  std::size_t next_ = 0;
  std::string body_;
  std::string origin_;  // the record, and a body that is not large
};

}  // namespace

MessageSaver::MessageSaver(std::string folder, Old old) : folder_(std::move(folder)) {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) {
    throw Error(Exit::io, fmt::format("cannot make the folder '{}': {}", folder_, error.message()));
  }
  fd_ = open_folder(folder_);
  if (!lock_alone(fd_.get())) {
    throw Error(Exit::usage, fmt::format("another process saves into the folder '{}'", folder_),
                "give each a folder of its own");
  }
  const auto last = last_number(folder_);
  if (last && old == Old::refused) {
    throw Error(Exit::usage,
                fmt::format("the folder '{}' holds messages already: nothing was taken", folder_),
                "--append adds to them, and 'publish --dir' then sends all of them");
  }
  number_ = last.value_or(0);
}

void MessageSaver::save(const Delivery& delivery, std::string_view queue, WallTime received_at) {
  const auto stem = fmt::format("{:09}{}", ++number_, readable(delivery.properties->message_id));
  const auto body_name = fmt::format("{}{}", stem, kBody);
  write(body_name, delivery);
  Provisional body(fd_.get(), body_name);
  std::string record;
  append_delivery_json(record, {delivery, queue, received_at, false});
  record += '\n';
  Delivery content;
  content.body = record;
  write(fmt::format("{}{}", stem, kRecord), content);
  body.keep();
}

void MessageSaver::write(const std::string& name, const Delivery& content) const {
  const auto unfinished_name = fmt::format("{}{}", name, kUnfinished);
  UniqueFd file(
      openat(fd_.get(), unfinished_name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file) {
    fail(name);
  }
  Provisional unfinished(fd_.get(), unfinished_name);
  const auto shown = fmt::format("'{}/{}'", folder_, name);
  write_all(file.get(), content.body, shown);
  if (content.file != nullptr) {
    content.file->for_each_piece([&](auto piece) { write_all(file.get(), piece, shown); });
  }
  // Some file systems report a full disk only at close(2).
  if (close(file.release()) != 0) {
    fail(name);
  }
  // The number was free, which must do where the file system cannot tell.
  if (!rename_to_free_name(fd_.get(), unfinished.name(), name)) {
    fail(name);
  }
  unfinished.keep();
}

void MessageSaver::fail(const std::string& name) const {
  throw Error(Exit::io,
              fmt::format("cannot write '{}/{}': {}", folder_, name, std::strerror(errno)));
}

std::unique_ptr<MessageSource> folder_source(const std::string& folder, RecordRule rule) {
  return std::make_unique<FolderSource>(folder, std::move(rule));
}

}  // namespace mscomm
