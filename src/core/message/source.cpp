#include "core/message/source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/message/input_buffer.h"
#include "core/runtime/error.h"
#include "core/runtime/files.h"
#include "core/runtime/input_file.h"

namespace mscomm {
namespace {

// The most reads in a call to next(): an endless input without delimiter must not keep the caller
// from heartbeats and stop signals.
constexpr int kReadsPerCall = 16;

// The most that RabbitMQ can be set to take in a message (max_message_size): an endless pipe must
// not fill the disk.
constexpr std::uint64_t kLargestMessage = std::uint64_t{512} << 20U;
// The longest piece between delimiters, which is kept in memory: a record with a body of 128 MiB,
// RabbitMQ's default, in base64.
constexpr std::size_t kLongestPiece = std::size_t{192} << 20U;

Error endless(const std::string& name, std::uint64_t most, std::string hint) {
  return Error(Exit::usage,
               fmt::format("{} has more than {} MiB in one message", name, most >> 20U),
               std::move(hint));
}

// Splits an input at a delimiter; looks at each byte once.
class Pieces {
 public:
  using State = MessageSource::State;

  Pieces(int fd, std::string name, std::string delimiter)
      : input_(fd, std::move(name)), delimiter_(std::move(delimiter)) {}

  State next(std::string_view& piece) {
    input_.consume(std::exchange(used_, 0));
    for (int reads = 0;; ++reads) {
      if (take(piece)) {
        return State::message;
      }
      const auto filled = reads < kReadsPerCall ? input_.fill() : InputBuffer::Fill::block;
      if (filled == InputBuffer::Fill::block) {
        return State::wait;
      }
      if (filled == InputBuffer::Fill::end) {
        piece = input_.view();
        used_ = piece.size();
        searched_ = 0;
        unterminated_ = true;
        return piece.empty() ? State::end : State::message;
      }
      if (input_.view().size() > kLongestPiece) {
        throw endless(input_.name(), kLongestPiece,
                      "does it have the delimiter that ends each message?");
      }
    }
  }

  [[nodiscard]] const InputBuffer& input() const { return input_; }
  /// Whether the last piece ended with the input, without a delimiter.
  [[nodiscard]] bool unterminated() const { return unterminated_; }

 private:
  // For one byte memchr() is faster than memmem() on the short lines of most inputs.
  [[nodiscard]] const char* find(std::string_view bytes) const {
    return static_cast<const char*>(
        delimiter_.size() == 1
            ? std::memchr(bytes.data(), delimiter_.front(), bytes.size())
            : memmem(bytes.data(), bytes.size(), delimiter_.data(), delimiter_.size()));
  }

  bool take(std::string_view& piece) {
    const auto bytes = input_.view();
    const auto* found = bytes.size() == searched_ ? nullptr : find(bytes.substr(searched_));
    if (found == nullptr) {
      // The view may end inside a delimiter.
      searched_ = bytes.size() - std::min(bytes.size(), delimiter_.size() - 1);
      return false;
    }
    piece = bytes.substr(0, static_cast<std::size_t>(found - bytes.data()));
    used_ = piece.size() + delimiter_.size();
    searched_ = 0;
    return true;
  }

  InputBuffer input_;
  std::string delimiter_;
  std::size_t used_ = 0;      // bytes of the view: the piece that was handed out
  std::size_t searched_ = 0;  // bytes of the view: no delimiter begins before
  bool unterminated_ = false;
};

class BodySource final : public MessageSource {
 public:
  explicit BodySource(std::string body) : body_(std::move(body)) {}

  State next(Outgoing& out) override {
    if (std::exchange(done_, true)) {
      return State::end;
    }
    out = Outgoing{};
    out.body = body_;
    return State::message;
  }

 private:
  std::string body_;
  bool done_ = false;
};

// A large regular file is read in place; a large pipe is copied to a temporary file. A pipe may be
// silent for that long, or without end.
class WholeSource final : public MessageSource {
 public:
  WholeSource(int fd, std::string name, std::optional<Duration> silence)
      : fd_(fd), input_(fd, std::move(name)), silence_(silence) {
    listen_on();
  }

  State next(Outgoing& out) override {
    if (done_) {
      return State::end;
    }
    if (auto file = large_file()) {
      return give(out, std::move(file));
    }
    for (int reads = 0; reads < kReadsPerCall; ++reads) {
      const auto filled = input_.fill();
      if (filled == InputBuffer::Fill::block) {
        if (until_.passed(SystemClock().now())) {
          throw silent_input(input_.name());
        }
        break;
      }
      listen_on();
      if (filled == InputBuffer::Fill::end) {
        if (!spool_) {
          return give(out, nullptr);
        }
        spool();
        return give(out, std::make_shared<BodyFile>(std::move(spool_), 0, spooled_, input_.name()));
      }
      if (input_.view().size() > kLargeBody) {
        spool();
      }
    }
    return State::wait;
  }

  [[nodiscard]] int fd() const override { return fd_; }
  [[nodiscard]] Deadline until() const override { return until_; }

 private:
  void listen_on() { until_ = Deadline::in(SystemClock(), silence_); }

  State give(Outgoing& out, std::shared_ptr<const BodyFile> file) {
    done_ = true;
    out = Outgoing{};
    out.body = input_.view();
    out.file = std::move(file);
    out.unterminated = true;
    return State::message;
  }

  [[nodiscard]] std::shared_ptr<const BodyFile> large_file() const {
    struct stat status {};
    const auto begin = lseek(fd_, 0, SEEK_CUR);
    if (begin < 0 || fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size - begin <= static_cast<off_t>(kLargeBody)) {
      return nullptr;
    }
    return std::make_shared<BodyFile>(
        UniqueFd(fcntl(fd_, F_DUPFD_CLOEXEC, 0)), static_cast<std::uint64_t>(begin),
        static_cast<std::uint64_t>(status.st_size - begin), input_.name());
  }

  void spool() {
    if (!spool_) {
      spool_ = make_temporary_file();
    }
    const auto bytes = input_.view();
    write_all(spool_.get(), bytes, "a temporary file for " + input_.name());
    spooled_ += bytes.size();
    input_.consume(bytes.size());
    if (spooled_ > kLargestMessage) {
      throw endless(input_.name(), kLargestMessage, "RabbitMQ takes no larger message");
    }
  }

  int fd_;
  InputBuffer input_;
  std::optional<Duration> silence_;
  Deadline until_;
  UniqueFd spool_;
  std::uint64_t spooled_ = 0;
  bool done_ = false;
};

class DelimitedSource final : public MessageSource {
 public:
  DelimitedSource(int fd, std::string name, std::string delimiter)
      : pieces_(fd, std::move(name), std::move(delimiter)) {}

  State next(Outgoing& out) override {
    std::string_view piece;
    const auto state = pieces_.next(piece);
    if (state == State::message) {
      // The other members are unchanged: only a source of records sets them.
      out.body = piece;
      out.unterminated = pieces_.unterminated();
    }
    return state;
  }

  [[nodiscard]] int fd() const override { return pieces_.input().fd(); }
  [[nodiscard]] std::optional<double> progress() const override {
    return pieces_.input().progress();
  }

 private:
  Pieces pieces_;
};

class RecordSource final : public MessageSource {
 public:
  RecordSource(int fd, std::string name, RecordRule rule)
      : pieces_(fd, std::move(name), "\n"), rule_(std::move(rule)) {}

  State next(Outgoing& out) override {
    const auto state = pass(out);
    if (state == State::message) {
      read(out.origin, out);
    }
    return state;
  }

  State pass(Outgoing& out) override {
    for (;;) {
      std::string_view line;
      const auto state = pieces_.next(line);
      if (state != State::message) {
        return state;
      }
      ++line_number_;
      if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
        out.origin = line;
        return State::message;
      }
    }
  }

  [[nodiscard]] int fd() const override { return pieces_.input().fd(); }
  [[nodiscard]] std::optional<double> progress() const override {
    return pieces_.input().progress();
  }

 private:
  void read(std::string_view line, Outgoing& out) {
    where_.clear();
    fmt::format_to(std::back_inserter(where_), "{} line {}", pieces_.input().name(), line_number_);
    auto record = parse_message_record(line, where_);
    if (rule_) {
      rule_(record, where_);
    }
    if (!record.has_body) {
      throw Error(Exit::usage, fmt::format("{}: the record has no body", where_),
                  "--dir reads what 'consume --save' wrote; \"body\":\"\" is an empty message");
    }
    body_ = std::move(record.body);
    out.exchange = std::move(record.exchange);
    out.routing_key = std::move(record.routing_key);
    out.properties = std::move(record.properties);
    out.body = body_;
    out.unterminated = pieces_.unterminated();
    out.complete = true;
  }

  Pieces pieces_;
  RecordRule rule_;
  std::size_t line_number_ = 0;
  std::string where_;
  std::string body_;
};

class FileSource final : public MessageSource {
 public:
  explicit FileSource(std::vector<std::string> paths) : paths_(std::move(paths)) {}

  State next(Outgoing& out) override {
    if (!file_ || state_ == State::message) {
      whole_.reset();
      file_ = UniqueFd();
      if (next_path_ == paths_.size()) {
        return State::end;
      }
      open_next();
    }
    state_ = whole_->next(out);
    return state_;
  }

  [[nodiscard]] int fd() const override { return file_.get(); }
  [[nodiscard]] Deadline until() const override {
    return whole_ == nullptr ? Deadline() : whole_->until();
  }
  [[nodiscard]] std::optional<double> progress() const override {
    return static_cast<double>(next_path_) / static_cast<double>(paths_.size());
  }

 private:
  void open_next() {
    const auto& path = paths_[next_path_++];
    file_ = open_for_reading(path);
    whole_ = std::make_unique<WholeSource>(file_.get(), fmt::format("'{}'", path), kInputSilence);
  }

  std::vector<std::string> paths_;
  std::size_t next_path_ = 0;
  UniqueFd file_;
  std::unique_ptr<MessageSource> whole_;
  State state_ = State::end;
};

}  // namespace

std::unique_ptr<MessageSource> body_source(std::string body) {
  return std::make_unique<BodySource>(std::move(body));
}

std::unique_ptr<MessageSource> whole_source(int fd, std::string name) {
  return std::make_unique<WholeSource>(fd, std::move(name), std::nullopt);
}

std::unique_ptr<MessageSource> delimited_source(int fd, std::string name, std::string delimiter) {
  if (delimiter.empty()) {
    throw Error(Exit::usage, "the delimiter is empty, so no message would ever end",
                "leave the option out to send the whole input as one message");
  }
  return std::make_unique<DelimitedSource>(fd, std::move(name), std::move(delimiter));
}

std::unique_ptr<MessageSource> record_source(int fd, std::string name, RecordRule rule) {
  return std::make_unique<RecordSource>(fd, std::move(name), std::move(rule));
}

std::unique_ptr<MessageSource> file_source(std::vector<std::string> paths) {
  return std::make_unique<FileSource>(std::move(paths));
}

}  // namespace mscomm
