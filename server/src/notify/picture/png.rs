//! The file: PNG in true colour, each row written as what differs from the one above it.

use std::io::Write as _;

use flate2::Compression;
use flate2::Crc;
use flate2::write::ZlibEncoder;

const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];

/// What differs from the row above: a chart is mostly rows that repeat.
const FILTER_UP: u8 = 2;

/// Writes opaque pixels, four bytes each.
pub(super) fn written(rgba: &[u8], width: u32) -> std::io::Result<Vec<u8>> {
    let row_length = width as usize * 4;
    let rows = rgba.chunks_exact(row_length.max(4));
    let height = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    let mut above = vec![0_u8; row_length / 4 * 3];
    let mut line = Vec::with_capacity(above.len() + 1);
    for row in rows {
        line.clear();
        line.push(FILTER_UP);
        let colors = row
            .chunks_exact(4)
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]);
        for (byte, up) in colors.zip(&mut above) {
            line.push(byte.wrapping_sub(*up));
            *up = byte;
        }
        packed.write_all(&line)?;
    }
    let packed = packed.finish()?;

    let mut header = Vec::with_capacity(13);
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    // Eight bits, red, green and blue, and the only methods there are.
    header.extend([8, 2, 0, 0, 0]);
    let mut file = SIGNATURE.to_vec();
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"IDAT", &packed);
    chunk(&mut file, *b"IEND", &[]);
    Ok(file)
}

fn chunk(file: &mut Vec<u8>, name: [u8; 4], body: &[u8]) {
    let mut crc = Crc::new();
    crc.update(&name);
    crc.update(body);
    file.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
    file.extend(name);
    file.extend(body);
    file.extend(crc.sum().to_be_bytes());
}

#[cfg(test)]
pub(super) mod testing {
    use std::io::Read as _;

    use flate2::read::ZlibDecoder;

    /// Width, height and the colour of every pixel of a file that this module wrote; checks each sum.
    pub(in super::super) fn read(file: &[u8]) -> (usize, usize, Vec<[u8; 3]>) {
        assert_eq!(file[..8], super::SIGNATURE);
        let number = |at: usize| {
            u32::from_be_bytes(file[at..at + 4].try_into().expect("four bytes")) as usize
        };
        let (mut at, mut size, mut rows) = (8, (0, 0), Vec::new());
        while at < file.len() {
            let length = number(at);
            let body = &file[at + 8..at + 8 + length];
            let mut crc = flate2::Crc::new();
            crc.update(&file[at + 4..at + 8 + length]);
            assert_eq!(number(at + 8 + length), crc.sum() as usize);
            match &file[at + 4..at + 8] {
                b"IHDR" => size = (number(at + 8), number(at + 12)),
                b"IDAT" => {
                    ZlibDecoder::new(body).read_to_end(&mut rows).expect("rows");
                }
                _ => {}
            }
            at += 12 + length;
        }
        let mut above = vec![0_u8; size.0 * 3];
        let mut pixels = Vec::new();
        for row in rows.chunks(size.0 * 3 + 1) {
            for (byte, up) in row[1..].iter().zip(&mut above) {
                *up = up.wrapping_add(*byte);
            }
            pixels.extend(above.chunks(3).map(|one| [one[0], one[1], one[2]]));
        }
        (size.0, size.1, pixels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_when_written_then_reads_back_to_the_same_pixels() {
        let rgba: Vec<u8> = (0..5 * 3)
            .flat_map(|n: u8| [n, n.wrapping_mul(40), 255 - n, 255])
            .collect();
        let file = written(&rgba, 5).expect("a file");
        let (width, height, pixels) = testing::read(&file);
        assert_eq!((width, height), (5, 3));
        assert_eq!(pixels[7], [7, 24, 248]);
        assert_eq!(pixels.len(), 15);
    }
}
