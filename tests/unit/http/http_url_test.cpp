#include "core/http/http_url.h"

#include <gtest/gtest.h>

#include "core/runtime/error.h"

namespace mscomm {
namespace {

std::string parsed(std::string_view text, std::string_view base = {}) {
  return parse_http_url(text, base).text;
}

Exit url_refusal(std::string_view text, std::string_view base = {}) {
  try {
    parse_http_url(text, base);
  } catch (const Error& error) {
    return error.reason();
  }
  return Exit::ok;
}

TEST(HttpUrl, CompletesWhatPeopleType) {
  EXPECT_EQ(parsed("http://service-b/api/data"), "http://service-b/api/data");
  EXPECT_EQ(parsed(":8080/health"), "http://localhost:8080/health");
  EXPECT_EQ(parsed(":8080"), "http://localhost:8080/");
  EXPECT_EQ(parsed(":/health"), "http://localhost/health");
  EXPECT_EQ(parsed("service-b/api"), "http://service-b/api");
  EXPECT_EQ(parsed("localhost:8080/api"), "http://localhost:8080/api");
  EXPECT_EQ(parsed("service-b"), "http://service-b/");
  EXPECT_EQ(parsed("HTTPS://Service-B/"), "https://Service-B/");
  EXPECT_EQ(parsed("[::1]:8080/x"), "http://[::1]:8080/x");
  EXPECT_EQ(parsed("h/login?next=http://other/"), "http://h/login?next=http://other/");
}

TEST(HttpUrl, JoinsAPathToTheBaseUrl) {
  EXPECT_EQ(parsed("/api/data", "https://staging.example"), "https://staging.example/api/data");
  EXPECT_EQ(parsed("/data", "https://staging.example/api/"), "https://staging.example/api/data");
  EXPECT_EQ(parsed("/data", ":8080"), "http://localhost:8080/data");
  EXPECT_EQ(parsed("http://other/x", "https://staging.example"), "http://other/x");
  EXPECT_EQ(url_refusal("/api/data"), Exit::usage);
  EXPECT_EQ(url_refusal("/api/data", "/"), Exit::usage);
}

TEST(HttpUrl, EncodesWhatAUrlCannotHold) {
  EXPECT_EQ(parsed("http://h/a b"), "http://h/a%20b");
  EXPECT_EQ(parsed("http://h/\xC3\xBC"), "http://h/%c3%bc");
  EXPECT_EQ(parsed("http://%39/"), "http://0.0.0.9/");
  EXPECT_EQ(parsed("http://h/a#fragment"), "http://h/a");
}

TEST(HttpUrl, RefusesWhatIsNotHttp) {
  for (const auto* text : {"", "ftp://host/x", "file:///etc/passwd", "gopher://x/", "amqp://mq",
                           "http://", "http:///x", "http://a b/", "http://host:99999/",
                           "http://h/a\nb", "http://a%b/", "http://a%25b/"}) {
    EXPECT_EQ(url_refusal(text), Exit::usage) << text;
  }
  EXPECT_EQ(url_refusal(std::string_view("http://h/\0x", 11)), Exit::usage);
}

TEST(HttpUrl, TakesTheCredentialsOutAndNeverShowsThePassword) {
  const auto url = parse_http_url("http://me:p%40ss@host:81/x?y=1");
  EXPECT_EQ(url.text, "http://host:81/x?y=1");
  EXPECT_EQ(url.shown, "http://me:***@host:81/x?y=1");
  EXPECT_EQ(url.user, "me");
  EXPECT_EQ(url.password.reveal(), "p@ss");
  try {
    parse_http_url("http://me:secret@ho st/");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos);
  }
}

TEST(HttpUrl, RefusesAPasswordThatLibcurlTakesForAPath) {
  EXPECT_EQ(url_refusal("http://me:/secret@host/"), Exit::usage);
  EXPECT_EQ(parsed("http://host:/x"), "http://host/x");
}

TEST(HttpUrl, NeverShowsWhatMayBelongToAPassword) {
  EXPECT_EQ(parse_http_url("http://me:a@b/secret@host/").shown, "http://me:***@host/");
  EXPECT_EQ(parse_http_url("http://h/?access_token=secret&a=b").shown,
            "http://h/?access_token=***&a=b");
  EXPECT_EQ(with_query(parse_http_url("http://h/"), "sig=secret").shown, "http://h/?sig=***");
  EXPECT_EQ(with_query(parse_http_url("http://h/"), "sig=secret").text, "http://h/?sig=secret");
  for (const auto* url : {"http://me:a/secret@h/", "http://me:secret", "ftp://me:a?secret@h"}) {
    try {
      parse_http_url(url);
      ADD_FAILURE() << url;
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos) << error.what();
    }
  }
}

TEST(HttpUrl, OriginHasLowerCaseHostAndThePort) {
  EXPECT_EQ(parse_http_url("http://Host/x").origin, "http://host:80");
  EXPECT_EQ(parse_http_url("https://host/x").origin, "https://host:443");
  EXPECT_EQ(parse_http_url("http://host:80").origin, "http://host:80");
}

TEST(HttpUrl, HasAnInternationalHostInAscii) {
  for (const auto* text :
       {"http://b\u00FCcher.example/\u00FC", "http://B\u00DCCHER.example/%C3%BC"}) {
    const auto url = parse_http_url(text, {});
    EXPECT_EQ(url.origin, "http://xn--bcher-kva.example:80");
    EXPECT_EQ(url.shown.substr(0, 29), "http://xn--bcher-kva.example/");
  }
  EXPECT_EQ(url_refusal("http://\u00FC\u2003.example/"), Exit::usage);
  EXPECT_EQ(resolve_location(parse_http_url("http://h/", {}), "//b\u00FCcher.example/").text,
            "http://xn--bcher-kva.example/");
}

TEST(HttpUrl, TakesNoPathAfterAQueryOfTheBaseUrl) {
  EXPECT_EQ(url_refusal("/a", "http://h/v1?x=1"), Exit::usage);
  EXPECT_EQ(url_refusal("/a", "http://h/v1#x"), Exit::usage);
}

TEST(HttpUrl, ResolvesRelativeLocations) {
  const auto from = parse_http_url("http://host:81/a/b?c=1");
  EXPECT_EQ(resolve_location(from, "/x").text, "http://host:81/x");
  EXPECT_EQ(resolve_location(from, "x").text, "http://host:81/a/x");
  EXPECT_EQ(resolve_location(from, "?d=2").text, "http://host:81/a/b?d=2");
  EXPECT_EQ(resolve_location(from, "//other/x").text, "http://other/x");
  EXPECT_EQ(resolve_location(from, "https://other/x y").text, "https://other/x%20y");
  EXPECT_THROW(resolve_location(from, "file:///etc/passwd"), Error);
  EXPECT_THROW(resolve_location(from, "//a%25b/"), Error);
}

TEST(HttpUrl, QueryPairsAreEncodedAndAppended) {
  const auto query = [](std::string_view url, std::string_view pair) {
    return with_query(parse_http_url(url), pair).text;
  };
  EXPECT_EQ(query("http://h/x", "a=b"), "http://h/x?a=b");
  EXPECT_EQ(query("http://h/x?a=b", "c=d e&f=g+h"), "http://h/x?a=b&c=d%20e%26f%3Dg%2Bh");
  EXPECT_EQ(query("http://h", "k\xC3\xA4="), "http://h/?k%C3%A4=");
  EXPECT_EQ(query("http://h", "flag"), "http://h/?flag");
  EXPECT_EQ(query("http://h/?", "a=b"), "http://h/?a=b");
  EXPECT_THROW(query("http://h", "=v"), Error);
  EXPECT_EQ(with_query(parse_http_url("http://u:p@h/"), "a=b").shown, "http://u:***@h/?a=b");
}

}  // namespace
}  // namespace mscomm
